/** FinalLook: what is there at the end, when everything is healed and quiet. */
import type { LogFacts } from './facts.ts';

/** What the markers in the log say of a record. */
export type Fate = 'plain' | 'marker' | 'committed' | 'aborted' | 'open';

export interface FinalLook {
  /** Logs that exist, each read from its start to its end. */
  readonly logs: readonly FinalLog[];
  /** First offset at or after a timestamp, by ListOffsets; −1: none. */
  readonly offsetFor: (log: LogFacts, timestamp: number) => Promise<number>;
  /** First offset of the log now. */
  readonly startOf: (log: LogFacts) => Promise<number>;
  /** End offset of a leader epoch, by OffsetForLeaderEpoch; −1: unknown. */
  readonly endOfEpoch: (log: LogFacts, epoch: number) => Promise<number>;
}

export interface FinalLog {
  readonly log: LogFacts;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** Of all batches from the start on. */
  readonly bytes: number;
  readonly lastStableOffset: number;
  /** Values that a reader of committed records gets; undefined: nobody writes transactions there. */
  readonly committed: readonly string[] | undefined;
  /** Offsets in order. */
  readonly records: readonly {
    readonly offset: number;
    readonly value: string;
    readonly key: string | null;
    readonly timestamp: number;
    readonly leaderEpoch: number;
    readonly producerId: number;
    readonly fate: Fate;
  }[];
}
