/** One run of `append.c` against a server that does not speak Kafka's protocol. */
import { program } from './build.ts';
import type { Load } from './generate.ts';
import { runLoad } from './run-load.ts';

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
export function append(
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
  return runLoad({
    launcher,
    program: [program('append')],
    options,
    timeoutMs: (target.seconds + warmUpSeconds) * 1000 + GRACE_MS,
  });
}
