/** One run of `fetch.c`: readers of a topic, until so many records were seen or so many seconds are over. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from './build.ts';

const run = promisify(execFile);
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
export async function read(reading: Reading, target: ReadRun): Promise<ReadOutcome> {
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
  const [command, ...args] = [
    ...target.launcher,
    program('fetch'),
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(reading.isEverything === true ? ['--everything'] : []),
    ...(reading.isStamped === true ? ['--stamped'] : []),
  ];
  const timeout = Math.ceil((options.seconds + options['warm-up']) * 1000) + GRACE_MS;
  const { stdout } = await run(command!, args, { timeout }).catch(
    (error: { stderr?: string; message: string }) => {
      throw new Error(`the reader failed: ${error.message}\n${error.stderr ?? ''}`);
    },
  );
  const raw = JSON.parse(stdout);
  return {
    seconds: raw.seconds,
    bytes: raw.bytes,
    records: raw.records,
    allRecords: raw.all_records,
    serverSeconds: raw.server_seconds,
    latencyMs: raw.latency_ms,
  };
}
