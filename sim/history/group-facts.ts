/** GroupFacts: what members of one group were told, and what they committed. */

/** One member's part of one generation. */
export interface Generation {
  readonly generationId: number;
  readonly memberId: string;
  readonly owns: readonly string[];
}

export interface CommitAttempt {
  readonly partition: string;
  readonly offset: number;
  readonly generationId: number;
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

export class GroupFacts {
  readonly name: string;
  /** Its members leave and vanish of their own accord. */
  readonly isRestless: boolean;
  /** Highest generation that any member was told of. */
  generationId = -1;
  /** generation → partition → owner. */
  readonly owners = new Map<number, Map<string, string>>();
  readonly commits = new Map<string, CommitAttempt[]>();
  /** Counts commits that begin and end, and reads: the group's own time. */
  clock = 0;

  constructor(name: string, isRestless: boolean) {
    this.name = name;
    this.isRestless = isRestless;
  }
}
