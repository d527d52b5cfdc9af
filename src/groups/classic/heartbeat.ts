/**
 * Heartbeat: v0-v4. A member is alive; the answer tells whether it must join again.
 *
 * The session starts anew even when the answer is REBALANCE_IN_PROGRESS: the member is alive, only late.
 */
import {
  errorCode,
  type HeartbeatRequest,
  type HeartbeatResponse,
  KafkaError,
} from '../../protocol/index.ts';
import type { Decision, Token } from '../decision.ts';
import { heartbeatAnswer } from './answers.ts';
import type { ClassicGroup } from './group.ts';
import { refreshSession } from './timers.ts';

export function heartbeat(
  decision: Decision,
  group: ClassicGroup,
  token: Token<HeartbeatResponse>,
  request: HeartbeatRequest,
): void {
  try {
    const member = group.requireMember(request.memberId, request.groupInstanceId);
    group.requireGeneration(request.generationId);
    if (!member.isParked) refreshSession(decision, group, member);
    if (group.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
    decision.answer(token, heartbeatAnswer(0));
  } catch (error) {
    decision.answer(token, heartbeatAnswer(errorCode(error)));
  }
}
