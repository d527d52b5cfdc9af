/**
 * LogClient: all that a running pipeline needs of a log; the only way to it. One adapter speaks Kafka's protocol (kafka/), so
 * pipelines run against any Kafka; the other one is inside the broker (local/).
 *
 *   L1  only committed records come out, whoever wrote them
 *   L2  `open` ends what an earlier owner of the same id left behind: after it, offsets and changelog of its task are final
 *   L3  a commit is all or nothing, and fails for an owner that was replaced
 *   L4  a commit is only done when all that was sent before it is in the log
 */
import type { Guarantee, LogRecord, Output } from '../streams/index.ts';

export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** Of the record to read next. */
  readonly offset: number;
}

/** What a partition had from a position on; `next` moves also where nothing visible lay. */
export interface Fetched extends Position {
  readonly records: readonly LogRecord[];
  readonly next: number;
}

export interface NewTopic {
  readonly name: string;
  /** Undefined: as the broker thinks right. */
  readonly partitions: number | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface LogClient {
  /** Work that is committed at once, before its time: so many records were read. Bounds what a transaction holds. */
  readonly recordsPerCommit: number;
  /** Topics that are not there are left out. */
  partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** One that is there already is left as it is. */
  create(topic: NewTopic): Promise<void>;
  /** Changes when the topic is deleted and made anew. Without it nobody can tell. */
  identity?(topic: string): Promise<string>;
  /** The first offset that is there. Without it nobody is warned before retention takes what is still needed. */
  start?(topic: string, partition: number): Promise<number>;
  /** Behind the last record, whether it is committed or not. Without it nobody can wait for what is on its way over a repartition topic. */
  end?(topic: string, partition: number): Promise<number>;
  /** Before these offsets nothing is needed any more. May have been done for some when it rejects. Without it nothing is deleted. */
  deleteRecords?(before: readonly Position[]): Promise<void>;
  join(group: string, topics: readonly string[]): Promise<Membership>;
  /** Default exactly once; a log where that costs nothing may give it always. */
  open(transactionalId: string, guarantee?: Guarantee): Promise<Writer>;
  /** Everything committed from there to the end as it is now. */
  readAll(from: Position): AsyncIterable<Fetched>;
  close(): Promise<void>;
}

/** This process as one member of the group. */
export interface Membership {
  /** Rises when the partitions were shared out anew. */
  readonly generation: number;
  /** Topic -> partitions that are ours. Equal numbers of all topics go to the same member. */
  readonly assignment: ReadonlyMap<string, readonly number[]>;
  /** This member leads the group, and others in it read other topics. Without it nobody can tell. */
  readonly isMixed?: boolean;
  /** Where the group stands; the partition's start where it never was. */
  committed(topic: string, partition: number): Promise<number>;
  /** What there is at these positions; waits for something, but not much longer than that. */
  fetch(positions: readonly Position[], waitMs: number): Promise<readonly Fetched[]>;
  leave(): Promise<void>;
}

export interface Transaction {
  /** Each with its partition. */
  readonly outputs: readonly (Output & { readonly partition: number })[];
  readonly membership: Membership;
  readonly positions: readonly Position[];
}

/** One owner of a transactional id. */
export interface Writer {
  /**
   * Only for at least once: outputs that go out at once, in the order of the calls, whether a commit comes or not. The next commit waits
   * until they are acknowledged and fails when they are not (L4). Throws when that is known of earlier ones.
   */
  send?(outputs: Transaction['outputs']): void;
  commit(transaction: Transaction): Promise<void>;
  close(): Promise<void>;
}
