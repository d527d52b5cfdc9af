/**
 * All messages, and the table of APIs in the order of their keys.
 */
import type { Api } from '../api.ts';
import { produceApi } from './produce.ts';
import { fetchApi } from './fetch.ts';
import { listOffsetsApi } from './list-offsets.ts';
import { metadataApi } from './metadata.ts';
import { offsetCommitApi } from './offset-commit.ts';
import { offsetFetchApi } from './offset-fetch.ts';
import { findCoordinatorApi } from './find-coordinator.ts';
import { joinGroupApi } from './join-group.ts';
import { heartbeatApi } from './heartbeat.ts';
import { leaveGroupApi } from './leave-group.ts';
import { syncGroupApi } from './sync-group.ts';
import { describeGroupsApi } from './describe-groups.ts';
import { listGroupsApi } from './list-groups.ts';
import { saslHandshakeApi } from './sasl-handshake.ts';
import { apiVersionsApi } from './api-versions.ts';
import { createTopicsApi } from './create-topics.ts';
import { deleteTopicsApi } from './delete-topics.ts';
import { deleteRecordsApi } from './delete-records.ts';
import { initProducerIdApi } from './init-producer-id.ts';
import { offsetForLeaderEpochApi } from './offset-for-leader-epoch.ts';
import { addPartitionsToTxnApi } from './add-partitions-to-txn.ts';
import { addOffsetsToTxnApi } from './add-offsets-to-txn.ts';
import { endTxnApi } from './end-txn.ts';
import { writeTxnMarkersApi } from './write-txn-markers.ts';
import { txnOffsetCommitApi } from './txn-offset-commit.ts';
import { describeAclsApi } from './describe-acls.ts';
import { createAclsApi } from './create-acls.ts';
import { deleteAclsApi } from './delete-acls.ts';
import { describeConfigsApi } from './describe-configs.ts';
import { alterConfigsApi } from './alter-configs.ts';
import { describeLogDirsApi } from './describe-log-dirs.ts';
import { saslAuthenticateApi } from './sasl-authenticate.ts';
import { createPartitionsApi } from './create-partitions.ts';
import { deleteGroupsApi } from './delete-groups.ts';
import { incrementalAlterConfigsApi } from './incremental-alter-configs.ts';
import { alterReplicaLogDirsApi } from './alter-replica-log-dirs.ts';
import { describeQuorumApi } from './describe-quorum.ts';
import { electLeadersApi } from './elect-leaders.ts';
import { alterPartitionReassignmentsApi } from './alter-partition-reassignments.ts';
import { listPartitionReassignmentsApi } from './list-partition-reassignments.ts';
import { offsetDeleteApi } from './offset-delete.ts';
import { describeClusterApi } from './describe-cluster.ts';
import { describeProducersApi } from './describe-producers.ts';
import { describeTransactionsApi } from './describe-transactions.ts';
import { listTransactionsApi } from './list-transactions.ts';
import { consumerGroupHeartbeatApi } from './consumer-group-heartbeat.ts';
import { consumerGroupDescribeApi } from './consumer-group-describe.ts';
import { listConfigResourcesApi } from './list-config-resources.ts';
import { describeTopicPartitionsApi } from './describe-topic-partitions.ts';

export * from './add-offsets-to-txn.ts';
export * from './add-partitions-to-txn.ts';
export * from './alter-configs.ts';
export * from './alter-partition-reassignments.ts';
export * from './alter-replica-log-dirs.ts';
export * from './api-versions.ts';
export * from './consumer-group-describe.ts';
export * from './consumer-group-heartbeat.ts';
export * from './consumer-protocol.ts';
export * from './create-acls.ts';
export * from './create-partitions.ts';
export * from './create-topics.ts';
export * from './delete-acls.ts';
export * from './delete-groups.ts';
export * from './delete-records.ts';
export * from './delete-topics.ts';
export * from './describe-acls.ts';
export * from './describe-cluster.ts';
export * from './describe-configs.ts';
export * from './describe-groups.ts';
export * from './describe-log-dirs.ts';
export * from './describe-producers.ts';
export * from './describe-quorum.ts';
export * from './describe-topic-partitions.ts';
export * from './describe-transactions.ts';
export * from './elect-leaders.ts';
export * from './end-txn.ts';
export * from './fetch.ts';
export * from './find-coordinator.ts';
export * from './heartbeat.ts';
export * from './incremental-alter-configs.ts';
export * from './init-producer-id.ts';
export * from './join-group.ts';
export * from './leave-group.ts';
export * from './list-config-resources.ts';
export * from './list-groups.ts';
export * from './list-offsets.ts';
export * from './list-partition-reassignments.ts';
export * from './list-transactions.ts';
export * from './metadata.ts';
export * from './offset-commit.ts';
export * from './offset-delete.ts';
export * from './offset-fetch.ts';
export * from './offset-for-leader-epoch.ts';
export * from './produce.ts';
export * from './sasl-authenticate.ts';
export * from './sasl-handshake.ts';
export * from './sync-group.ts';
export * from './txn-offset-commit.ts';
export * from './write-txn-markers.ts';

export const APIS: readonly Api[] = [
  produceApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  findCoordinatorApi,
  joinGroupApi,
  heartbeatApi,
  leaveGroupApi,
  syncGroupApi,
  describeGroupsApi,
  listGroupsApi,
  saslHandshakeApi,
  apiVersionsApi,
  createTopicsApi,
  deleteTopicsApi,
  deleteRecordsApi,
  initProducerIdApi,
  offsetForLeaderEpochApi,
  addPartitionsToTxnApi,
  addOffsetsToTxnApi,
  endTxnApi,
  writeTxnMarkersApi,
  txnOffsetCommitApi,
  describeAclsApi,
  createAclsApi,
  deleteAclsApi,
  describeConfigsApi,
  alterConfigsApi,
  alterReplicaLogDirsApi,
  describeLogDirsApi,
  saslAuthenticateApi,
  createPartitionsApi,
  deleteGroupsApi,
  electLeadersApi,
  incrementalAlterConfigsApi,
  alterPartitionReassignmentsApi,
  listPartitionReassignmentsApi,
  offsetDeleteApi,
  describeQuorumApi,
  describeClusterApi,
  describeProducersApi,
  describeTransactionsApi,
  listTransactionsApi,
  consumerGroupHeartbeatApi,
  consumerGroupDescribeApi,
  listConfigResourcesApi,
  describeTopicPartitionsApi,
];

const API_BY_KEY: ReadonlyMap<number, Api> = new Map(APIS.map((api) => [api.key, api]));

export function findApi(key: number): Api | undefined {
  return API_BY_KEY.get(key);
}
