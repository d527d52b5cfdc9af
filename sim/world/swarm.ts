/**
 * Swarm: what one seed turns on. Not everything at once: a fault hides behind another one, so each run has its own mix,
 * its own sizes and its own limits.
 */
import type { Random } from '../../src/env/index.ts';
import type { NetworkFaults } from '../../src/env/sim/index.ts';
import { DEFAULT_STORAGE, type StorageOptions } from '../../src/server/index.ts';

export const FAULTS = [
  'kills',
  'power cuts',
  'placed deaths',
  'disk errors',
  'full disk',
  'slow disk',
  'lopsided disk',
  'cuts',
  'holds',
  'clock jumps',
  'stalls',
  'clean stops',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Swarm {
  readonly faults: ReadonlySet<Fault>;
  /** What the scenario bears, turned on or not. */
  readonly possible: ReadonlySet<Fault>;
  readonly network: NetworkFaults;
  readonly storage: StorageOptions;
  readonly settings: ReadonlyMap<string, string>;
  readonly topicConfigs: Readonly<Record<string, string>>;
  /** Mean time between two acts of the nemesis. */
  readonly actEveryMs: number;
  readonly safetyMs: number;
  /** How long a stopped process stands still: at most so long, or (seldom) between these two. */
  readonly stallMs: { readonly short: number; readonly long: readonly [min: number, max: number] };
}

const KIB = 1024;
const FAULT_SHARE = 0.4;
/** Some seeds have nothing but deaths and errors at chosen places, and many of them. */
const PLACED_SHARE = 0.3;
const PLACED: ReadonlySet<Fault> = new Set<Fault>(['placed deaths', 'disk errors', 'clean stops']);

export function drawSwarm(random: Random, possible: readonly Fault[] = FAULTS): Swarm {
  const isPlaced = random.next() < PLACED_SHARE;
  const faults = new Set(
    possible.filter((fault) => (isPlaced ? PLACED.has(fault) : random.next() < FAULT_SHARE)),
  );
  const segmentBytes = [16, 32, 128][random.below(3)]! * KIB;
  return {
    faults,
    possible: new Set(possible),
    network: {
      latencyMs: [0.05, [0.5, 2, 10][random.below(3)]!],
      splitShare: [0, 0.2, 0.5][random.below(3)]!,
      cutShare: faults.has('cuts') ? 0.004 : 0,
      holdShare: faults.has('holds') ? 0.002 : 0,
      holdMsMax: 3_000,
      windowBytes: [[2 * KIB, 64 * KIB][random.below(2)]!, 128 * KIB],
    },
    storage: drawStorage(random),
    settings: new Map([
      // The wall clock jumps; what is refused for that alone is no fault of the log.
      ['log.message.timestamp.after.max.ms', '9223372036854775807'],
      ['listeners', 'PLAINTEXT://broker:9092'],
      ['offsets.topic.num.partitions', String(1 + random.below(3))],
      ['transaction.state.log.num.partitions', '1'],
      ['group.initial.rebalance.delay.ms', ['0', '100'][random.below(2)]!],
      ['group.min.session.timeout.ms', '100'],
      ['max.incremental.fetch.session.cache.slots', ['1', '1000'][random.below(2)]!],
      ['log.index.interval.bytes', ['256', '4096'][random.below(2)]!],
    ]),
    topicConfigs: { 'internal.segment.bytes': String(segmentBytes) },
    actEveryMs: 50 + random.below(isPlaced ? 150 : 500),
    stallMs: { short: 300, long: [1_100, 3_000] },
    safetyMs: 600 + random.below(1_400),
  };
}

/** Large batches of one log are under way at any time, and checkpoints come and go beside them. */
export function crowded(swarm: Swarm): Swarm {
  return { ...swarm, storage: { ...swarm.storage, directBytes: KIB, checkpointMs: 50 } };
}

function drawStorage(random: Random): StorageOptions {
  const step = [32, 64, 256][random.below(3)]! * KIB;
  return {
    ...DEFAULT_STORAGE,
    journal: {
      ...DEFAULT_STORAGE.journal,
      limitBytes: step * 8,
      fileBytes: step * 2,
      stepBytes: step,
      frameTargetBytes: [8, 16][random.below(2)]! * KIB,
      reserveBytes: 8 * KIB,
      sealAfterMs: [5, 20, 200][random.below(3)]!,
    },
    directBytes: [256, 1024, 4096, Number.POSITIVE_INFINITY][random.below(4)]!,
    tailBytes: [step / 2, step][random.below(2)]!,
    checkpointMs: [50, 1_000, 10_000][random.below(3)]!,
    openFilesMax: [2, 100][random.below(2)]!,
    diskReserveBytes: 32 * KIB,
  };
}
