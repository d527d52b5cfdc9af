/** The pipelines under measurement, as processes of their own: ours, and the same topology in Kafka Streams. */
import path from 'node:path';
import { kafkaHome, LOG_SETTINGS } from '../../test/compat/kafka/home.ts';
import { hasRedis, noRedis, RedisServer } from '../../test/pipelines/redis-server.ts';
import type { Guarantee } from '../../src/streams/index.ts';
import type { Tools } from '../tools.ts';

export type Mode = 'stateless' | 'dedupe' | 'reorder' | 'all';

const PROGRAM = path.join(import.meta.dirname, '../../bin/gregor.mjs');

export interface Application {
  readonly name: string;
  command(run: Run): {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  };
  /** What it has besides its process. */
  close?(): Promise<void>;
}

export interface Run {
  readonly port: number;
  readonly source: string;
  readonly target: string;
  readonly name: string;
  readonly mode: Mode;
  readonly guarantee: Guarantee;
  readonly folder: string;
}

export const GREGOR_PIPELINE: Application = {
  name: 'a Gregor pipeline',
  command: ({ port, source, target, name, mode, guarantee }) => ({
    command: [
      ...[process.execPath, PROGRAM, 'pipeline', 'run', path.join(import.meta.dirname, 'readings.ts')],
      ...['-b', `127.0.0.1:${port}`],
    ],
    environment: {
      READINGS_NAME: name,
      READINGS_SOURCE: source,
      READINGS_TARGET: target,
      READINGS_MODE: mode,
      READINGS_GUARANTEE: guarantee,
    },
  }),
};

/** Held records lie in Redis, which runs where the pipeline does; its processor time counts in the rate, not as the application's. */
export async function gregorPipelineWithRedis({ load }: Tools): Promise<Application> {
  if (!hasRedis) throw new Error(`held records cannot be measured in Redis: ${String(noRedis)}`);
  const redis = await RedisServer.start(load);
  return {
    name: 'a Gregor pipeline with Redis',
    command: (run) => {
      const { command, environment } = GREGOR_PIPELINE.command(run);
      return { command, environment: { ...environment, READINGS_REDIS: redis.url } };
    },
    close: () => redis[Symbol.asyncDispose](),
  };
}

export function kafkaStreams(): Application {
  const home = kafkaHome();
  if ('missing' in home) throw new Error(`no peer to measure against: ${home.missing}`);
  return {
    name: `Kafka Streams ${home.version}`,
    command: ({ port, source, target, name, mode, guarantee, folder }) => ({
      command: [
        ...['java', '-Xmx1g', '-Xms1g', '-cp', home.classPath, `-Dlog4j2.configurationFile=${LOG_SETTINGS}`],
        ...[
          path.join(import.meta.dirname, 'Readings.java'),
          `127.0.0.1:${port}`,
          source,
          target,
          name,
          folder,
          mode,
          guarantee,
        ],
      ],
      environment: {},
    }),
  };
}
