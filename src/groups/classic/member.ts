/**
 * Member of a classic group: who it is, what it can speak, what it was given, and which of its requests are parked.
 *
 *   M1  at most one join and one sync of a member are parked
 *   M2  while one is parked the session does not run out: the client has nothing to send
 */
import type { JoinGroupResponse, SyncGroupResponse } from '../../protocol/index.ts';
import type { Token } from '../decision.ts';

/** One way of assigning that the member knows, with its own opaque subscription. In the member's order of preference. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
}

export interface MemberTerms {
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly MemberProtocol[];
}

export const NOTHING: Buffer = Buffer.alloc(0);

export class ClassicMember {
  readonly identity: MemberIdentity;
  terms: MemberTerms;
  assignment: Buffer = NOTHING;
  /** Has never been part of a generation: its parked join is all that we know of it. */
  isNew = false;
  join: Token<JoinGroupResponse> | undefined;
  sync: Token<SyncGroupResponse> | undefined;
  /** Session time until which the member counts as alive. Moves with every sign of life, without a new timer. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Session time at which the member's timer rings next; infinite when none is set. */
  ringsAtMs = Number.POSITIVE_INFINITY;

  constructor(identity: MemberIdentity, terms: MemberTerms) {
    this.identity = identity;
    this.terms = terms;
  }

  get id(): string {
    return this.identity.memberId;
  }

  get isStatic(): boolean {
    return this.identity.groupInstanceId !== null;
  }

  get isParked(): boolean {
    return this.join !== undefined || this.sync !== undefined;
  }

  supports(name: string): boolean {
    return this.terms.protocols.some((protocol) => protocol.name === name);
  }

  /** The member's subscription under a protocol; empty when it does not speak it. */
  metadataOf(name: string | null): Buffer {
    return this.terms.protocols.find((protocol) => protocol.name === name)?.metadata ?? NOTHING;
  }

  /** Same protocols, same order, same bytes. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    const mine = this.terms.protocols;
    return (
      mine.length === protocols.length &&
      mine.every(({ name, metadata }, i) => {
        const other = protocols[i]!;
        return name === other.name && metadata.equals(other.metadata);
      })
    );
  }
}
