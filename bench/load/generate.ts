/** One run of the load generator against a broker: what is sent, and what came of it. */
import { program } from './build.ts';
import { LZ4, lz4Records } from './lz4-records.ts';
import { runLoad } from './run-load.ts';

/** Beyond its own time a run may wait this long for the last answers. */
const GRACE_MS = 180_000;

/** Idempotent producers in a closed loop: each connection has one partition and a window of unanswered requests. */
export interface Load {
  readonly partitions: number;
  readonly connections: number;
  /** Per connection. */
  readonly inFlight: number;
  readonly recordsPerRequest: number;
  readonly valueBytes: number;
  /** Each connection goes round its share of the partitions instead of keeping to one. */
  readonly isSpread?: boolean;
  /** Requests a second in an open loop, with the time that each was due in its first record; undefined: as fast as answers come. */
  readonly rate?: number;
  /** Record n of every batch has the key n, so that each batch replaces the one before where the topic is compacted. */
  readonly isKeyed?: boolean;
  /** Readings as JSON of about `valueBytes` each, compressed; otherwise random bytes. */
  readonly isLz4?: boolean;
}

export interface Run {
  readonly topic: string;
  readonly port: number;
  /** Its processor time is counted over the measured seconds. */
  readonly pid: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** The warm-up ends when this much is acknowledged too. */
  readonly warmUpMebibytes: number;
  /** Prefix of the command, such as `taskset -c 1`. */
  readonly launcher: readonly string[];
}

/** Over the measured seconds, but for `acknowledgedRecords`, which counts the whole run. */
export interface Outcome {
  readonly seconds: number;
  readonly requests: number;
  readonly bytes: number;
  readonly acknowledgedRecords: number;
  readonly serverSeconds: number;
  readonly loadSeconds: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
}

/** Rejects when a request was refused, a connection broke, or an answer did not come. */
export function generate(
  load: Load,
  { topic, port, pid, seconds, warmUpSeconds, warmUpMebibytes, launcher }: Run,
): Promise<Outcome> {
  const options = {
    port,
    topic,
    partitions: load.partitions,
    connections: load.connections,
    'in-flight': load.inFlight,
    records: load.recordsPerRequest,
    'value-bytes': load.valueBytes,
    seconds,
    'warm-up': warmUpSeconds,
    'warm-up-mebibytes': warmUpMebibytes,
    pid,
    rate: load.rate ?? 0,
  };
  return runLoad({
    launcher,
    program: [program('generate')],
    options,
    flags: [
      ...(load.isSpread === true ? ['--spread'] : []),
      ...(load.isKeyed === true ? ['--keyed'] : []),
      ...(load.isLz4 === true ? ['--codec', LZ4, '--records-from', lz4Records(load)] : []),
    ],
    timeoutMs: (seconds + warmUpSeconds) * 1000 + GRACE_MS,
  });
}
