/** One run of `fetch.c`: readers of a topic, until so many records were seen or so many seconds are over. */
import { program } from './build.ts';
import { runLoad } from './run-load.ts';

/** A run by records may take this long, one by seconds so much longer. */
const GRACE_MS = 300_000;

export interface Reading {
  readonly partitions: number;
  readonly connections: number;
  /** Each connection reads all partitions, as so many groups do; otherwise they share. */
  readonly isEverything?: boolean;
  /** Records begin with the time they were due: latencies are wanted. */
  readonly isStamped?: boolean;
}

export interface ReadRun {
  readonly topic: string;
  readonly port: number;
  readonly pid: number;
  /** Ends when all connections together have seen so many, or after `seconds`, whatever comes first; one of them is needed. */
  readonly records?: number;
  readonly seconds?: number;
  readonly warmUpSeconds?: number;
  readonly launcher: readonly string[];
}

/** Over the measured seconds, but for `allRecords`, which counts the whole run. */
export interface ReadOutcome {
  readonly seconds: number;
  /** Of batches, headers included. */
  readonly bytes: number;
  readonly records: number;
  readonly allRecords: number;
  readonly serverSeconds: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
}

/** Rejects when a partition answers an error, a connection breaks, or no record comes for a minute. */
export function read(reading: Reading, target: ReadRun): Promise<ReadOutcome> {
  const options = {
    port: target.port,
    topic: target.topic,
    pid: target.pid,
    partitions: reading.partitions,
    connections: reading.connections,
    records: target.records ?? 0,
    seconds: target.seconds ?? 0,
    'warm-up': target.warmUpSeconds ?? 0,
  };
  return runLoad({
    launcher: target.launcher,
    program: [program('fetch')],
    options,
    flags: [
      ...(reading.isEverything === true ? ['--everything'] : []),
      ...(reading.isStamped === true ? ['--stamped'] : []),
    ],
    timeoutMs: (options.seconds + options['warm-up']) * 1000 + GRACE_MS,
  });
}
