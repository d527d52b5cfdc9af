/** One run of `append.c` against a server that does not speak Kafka's protocol. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from './build.ts';
import type { Load } from './generate.ts';

const run = promisify(execFile);
const GRACE_MS = 120_000;

export interface AppendRun {
  readonly protocol: 'nats' | 'redis';
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly launcher: readonly string[];
}

/** Over the measured seconds, but for `acknowledged` and `held`, which count the whole run. */
export interface AppendOutcome {
  readonly seconds: number;
  readonly requests: number;
  readonly acknowledged: number;
  readonly held: number;
  readonly serverSeconds: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

/** Rejects when the server refuses an append, closes a connection, or does not answer. */
export async function append(
  load: Load,
  { launcher, warmUpSeconds, ...target }: AppendRun,
): Promise<AppendOutcome> {
  const options = {
    ...target,
    streams: load.partitions,
    connections: load.connections,
    'in-flight': load.inFlight,
    'value-bytes': load.valueBytes,
    'warm-up': warmUpSeconds,
  };
  const [command, ...args] = [
    ...launcher,
    program('append'),
    ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
  ];
  const timeout = Math.ceil((target.seconds + warmUpSeconds) * 1000) + GRACE_MS;
  const { stdout } = await run(command!, args, { timeout }).catch(
    (error: { stderr?: string; message: string }) => {
      throw new Error(`the appender failed: ${error.message}\n${error.stderr ?? ''}`);
    },
  );
  const raw = JSON.parse(stdout);
  return { ...raw, serverSeconds: raw.server_seconds, latencyMs: raw.latency_ms };
}
