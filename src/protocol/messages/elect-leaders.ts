/**
 * ElectLeaders (43): makes a replica the leader of its partition (KIP-183, KIP-460).
 *
 * Versions: 1 says which kind of election and has an error of its own; 2 is flexible.
 */
import { api } from '../api.ts';
import { type Infer, array, int8, int16, int32, message, string } from '../schema.ts';

export const electLeadersRequest = message(
  { name: 'ElectLeadersRequest', versions: '0-2', flexible: '2+' },
  {
    // 0: the preferred replica, 1: any, also one that is not in sync
    electionType: int8({ versions: '1+' }),
    // null: all
    topicPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32({ default: 60000 }),
  },
);
export type ElectLeadersRequest = Infer<typeof electLeadersRequest>;

export const electLeadersResponse = message(
  { name: 'ElectLeadersResponse', versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '1+' }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    }),
  },
);
export type ElectLeadersResponse = Infer<typeof electLeadersResponse>;

export const electLeadersApi = api(43, 'ElectLeaders', electLeadersRequest, electLeadersResponse);
