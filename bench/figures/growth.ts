/** How cost grows: the same load at several sizes, each against Kafka. Partitions are P9; here connections, record size, log size and groups. Short runs. */
import type { Condition, Figure, Measure, Side } from '../figure.ts';
import { CROWD_SETTINGS, GroupSide } from '../group-side.ts';
import type { Load, Outcome } from '../load/generate.ts';
import { MIDDLE, SMALL } from '../loads.ts';
import { ProduceSide } from '../produce-side.ts';
import { RecoverySide } from '../recovery-side.ts';
import { GREGOR, gregor, kafka, type ServerKind } from '../server.ts';
import type { Tools } from '../tools.ts';

const PAIRS = 2;
const BATCH_BYTES = 16_384;
/** About what a record has besides its value. */
const RECORD_OVERHEAD_BYTES = 8;
const FOR_QUICK = { gigabytes: 1, groups: 1000, connections: 1000 };
const LOG_PARTITIONS = 12;

interface Curve {
  readonly id: string;
  readonly title: string;
  readonly axis: string;
  readonly sizes: readonly number[];
  /** Sizes beyond it take long to set up: `--quick` leaves them out. */
  readonly quickMax?: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly measures: readonly Measure[];
  readonly side: (which: 'ours' | 'peer', size: number, tools: Tools) => Side;
}

function curve({ id, title, axis, sizes, quickMax, seconds, warmUpSeconds, measures, side }: Curve): Figure {
  return {
    id,
    title,
    axis,
    isSeries: true,
    pairs: PAIRS,
    warmUpSeconds,
    measures,
    conditions: sizes.map((size): Condition => {
      const isLarge = size > (quickMax ?? Number.POSITIVE_INFINITY);
      return { name: `${size.toLocaleString('en-US')} ${axis}`, pinned: true, seconds, size, isLarge };
    }),
    open: async ({ size }, tools) => ({ ours: side('ours', size!, tools), peer: side('peer', size!, tools) }),
  };
}

const kindOf = (which: 'ours' | 'peer'): ServerKind => (which === 'ours' ? GREGOR : kafka());

function produceSide(kind: ServerKind, load: Load, tools: Tools): Side {
  const measures = ({ bytes, requests, seconds, serverSeconds }: Outcome) => ({
    megabytesPerSecond: bytes / seconds / 1e6,
    requestsPerSecond: requests / seconds,
    recordsPerSecond: (requests * load.recordsPerRequest) / seconds,
    serverMicrosecondsPerRequest: (serverSeconds * 1e6) / requests,
    serverMicrosecondsPerRecord: (serverSeconds * 1e6) / (requests * load.recordsPerRequest),
  });
  return new ProduceSide(
    { kind, load, warmUpSeconds: 2, warmUpMebibytes: 0, isFresh: false, measures },
    tools,
  );
}

const connections = curve({
  id: 'GC',
  title: 'growth with connections: one record of 100 B a request, one request in flight on each',
  axis: 'connections',
  sizes: [1, 10, 100, 1000, 10_000],
  quickMax: FOR_QUICK.connections,
  seconds: 6,
  warmUpSeconds: 20,
  measures: [
    { name: 'requestsPerSecond', unit: 'requests/s' },
    { name: 'serverMicrosecondsPerRequest', unit: 'cpu µs/request' },
    { name: 'latencyP99Ms', unit: 'ms p99' },
  ],
  side: (which, size, tools) =>
    produceSide(kindOf(which), { ...SMALL, connections: size, inFlight: 1 }, tools),
});

const recordSize = curve({
  id: 'GR',
  title: 'growth with record size: batches of 16 KiB, or of one record that is larger',
  axis: 'bytes a record',
  sizes: [10, 100, 1000, 10_000, 100_000, 1_000_000],
  seconds: 6,
  warmUpSeconds: 15,
  measures: [
    { name: 'recordsPerSecond', unit: 'records/s' },
    { name: 'megabytesPerSecond', unit: 'MB/s' },
    { name: 'serverMicrosecondsPerRecord', unit: 'cpu µs/record' },
  ],
  side: (which, size, tools) => {
    const recordsPerRequest = Math.max(1, Math.floor(BATCH_BYTES / (size + RECORD_OVERHEAD_BYTES)));
    return produceSide(kindOf(which), { ...MIDDLE, valueBytes: size, recordsPerRequest }, tools);
  },
});

const logSize = curve({
  id: 'GL',
  title: 'growth with the log: kill -9 under load, then serving again, 12 partitions',
  axis: 'GB',
  sizes: [0.1, 1, 4, 16],
  quickMax: FOR_QUICK.gigabytes,
  seconds: 1,
  warmUpSeconds: 1,
  measures: [
    { name: 'servedMs', unit: 'ms until all serve' },
    { name: 'cpuSeconds', unit: 'cpu s' },
  ],
  side: (which, gigabytes, tools) =>
    new RecoverySide(kindOf(which), { gigabytes, partitions: LOG_PARTITIONS }, tools),
});

const groups = curve({
  id: 'GG',
  title: 'growth with groups: classic groups of one member, heartbeats alone',
  axis: 'groups',
  sizes: [100, 1000, 5000],
  quickMax: FOR_QUICK.groups,
  seconds: 15,
  warmUpSeconds: 5,
  measures: [
    { name: 'formedSeconds', unit: 's to stable' },
    { name: 'formedProcessorSeconds', unit: 'cpu s to stable' },
    { name: 'microsecondsPerHeartbeat', unit: 'cpu µs/heartbeat' },
  ],
  side: (which, size, tools) => {
    const kind = which === 'ours' ? gregor(CROWD_SETTINGS) : kafka(CROWD_SETTINGS);
    return new GroupSide(kind, { kind: 'classic', groups: size, members: 1 }, tools);
  },
});

export const GROWTH: readonly Figure[] = [connections, recordSize, logSize, groups];
