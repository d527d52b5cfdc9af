/**
 * ListPartitionReassignments: v0.
 *
 * Behaviour: nothing is ever on its way: a partition has one replica, on this broker.
 */
import { listPartitionReassignmentsApi } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

export const listPartitionReassignments = handler(listPartitionReassignmentsApi, [0, 0], [], () => ({
  errorCode: 0,
  errorMessage: null,
  topics: [],
}));
