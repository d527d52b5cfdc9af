/** GroupFacts: what members of one group were told, and what they committed. */

/** One member's part of one generation. */
export interface Generation {
  readonly generationId: number;
  readonly memberId: string;
  readonly owns: readonly string[];
}

/** What a member of the consumer protocol works on, and since when it may not have been heard. */
export interface Holder {
  readonly name: string;
  readonly sessionMs: number;
  owns: ReadonlySet<string>;
  /** When the newest of its heartbeats was sent that was answered well. */
  heardAt: number;
}

export interface CommitAttempt {
  readonly partition: string;
  readonly memberId: string;
  readonly offset: number;
  readonly generationId: number;
  /** Another one had been told by then that the partition is its own, in a later generation. */
  readonly isTooLate: boolean;
  /** Number of the attempt in this group: when it was sent. */
  readonly sentAt: number;
  /** The highest generation that anybody had been told of when it was sent. */
  readonly generationBefore: number;
  outcome: 'open' | 'committed' | 'refused' | 'unknown';
  /** When it was acknowledged, by the same count. */
  endedAt: number;
}

export interface OffsetRead {
  readonly partition: string;
  readonly offset: number;
  /** When it was asked, by the count of this group. */
  readonly askedAt: number;
}

/** Who speaks in a group: only in a classic one all members stand in the same generation at any time. */
export type GroupKind = 'classic' | 'consumer' | 'mixed';

export class GroupFacts {
  readonly name: string;
  readonly kind: GroupKind;
  /** Its members leave and vanish of their own accord. */
  readonly isRestless: boolean;
  /** Highest generation that any member was told of. */
  generationId = -1;
  /** generation → partition → owner. */
  readonly owners = new Map<number, Map<string, string>>();
  readonly commits = new Map<string, CommitAttempt[]>();
  /** Counts commits that begin and end, and reads: the group's own time. */
  clock = 0;
  /** Members of the consumer protocol. */
  readonly holders: Holder[] = [];
  /** partition → who was told last that it is its own. */
  readonly lastOwners = new Map<string, { readonly generationId: number; readonly memberId: string }>();

  constructor(name: string, kind: GroupKind, isRestless: boolean) {
    this.name = name;
    this.kind = kind;
    this.isRestless = isRestless;
  }
}
