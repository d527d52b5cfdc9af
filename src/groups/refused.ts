/** Refusals: the answer of each group API when the whole question fails with one error. */
import type {
  ConsumerGroupHeartbeatResponse,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteResponse,
  SyncGroupResponse,
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../protocol/index.ts';
import { ERRORS } from '../protocol/index.ts';
import * as classic from './classic/index.ts';
import { type DescribedConsumerGroup, notDescribed, notHeard } from './consumer/index.ts';
import type { DeletedGroup } from './delete.ts';
import { commitRefused } from './offsets/commit.ts';
import { offsetsNotDeleted } from './offsets/delete.ts';
import { txnCommitAnswer } from './offsets/txn-commit.ts';
import type { FetchedGroup, OffsetFetchQuestion } from './offsets/fetch.ts';

export const refused = {
  join: (request: JoinGroupRequest, errorCode: number): JoinGroupResponse =>
    classic.notJoined(request.memberId, errorCode),
  sync: (errorCode: number): SyncGroupResponse => classic.notSynced(errorCode),
  /** While groups are being loaded a heartbeat is answered as if all were well: the member need not look elsewhere. */
  heartbeat: (errorCode: number): HeartbeatResponse =>
    classic.heartbeatAnswer(errorCode === ERRORS.COORDINATOR_LOAD_IN_PROGRESS[0] ? 0 : errorCode),
  leave: (errorCode: number): LeaveGroupResponse => classic.left(errorCode, []),
  commit: (request: OffsetCommitRequest, errorCode: number): OffsetCommitResponse =>
    commitRefused(request, errorCode),
  commitInTransaction: (request: TxnOffsetCommitRequest, errorCode: number): TxnOffsetCommitResponse =>
    txnCommitAnswer(request, errorCode),
  fetch: ({ groupId }: OffsetFetchQuestion, errorCode: number): FetchedGroup => ({
    groupId,
    topics: [],
    errorCode,
  }),
  deleteOffsets: (errorCode: number): OffsetDeleteResponse => offsetsNotDeleted(errorCode),
  deleteGroup: (groupId: string, errorCode: number): DeletedGroup => ({
    groupId,
    errorCode,
    errorMessage: null,
  }),
  describe: (groupId: string, errorCode: number): classic.DescribedGroup =>
    classic.notDescribed(groupId, errorCode),
  consumerHeartbeat: (errorCode: number): ConsumerGroupHeartbeatResponse => notHeard(errorCode, null),
  describeConsumer: (groupId: string, errorCode: number): DescribedConsumerGroup =>
    notDescribed(groupId, errorCode, null),
};
