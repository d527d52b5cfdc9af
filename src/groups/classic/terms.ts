/** Terms of membership, as a JoinGroup states them. v0 has no rebalance timeout: the session timeout stands for it. */
import { ownCopy } from '../../base/index.ts';
import type { JoinGroupRequest } from '../../protocol/index.ts';
import type { MemberTerms } from './member.ts';

export function termsIn(request: JoinGroupRequest): MemberTerms {
  const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
  return {
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs,
    // Copies: the request is a view of the connection's buffer, and these bytes stay.
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata: ownCopy(metadata) })),
  };
}
