/**
 * AlterReplicaLogDirs (34): moves replicas into other log directories of their broker (KIP-113). v2 is flexible.
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string } from '../schema.ts';

export const alterReplicaLogDirsRequest = message(
  { name: 'AlterReplicaLogDirsRequest', versions: '1-2', flexible: '2+' },
  {
    dirs: array({
      path: string(),
      topics: array({
        name: string(),
        partitions: array(int32()),
      }),
    }),
  },
);
export type AlterReplicaLogDirsRequest = Infer<typeof alterReplicaLogDirsRequest>;

export const alterReplicaLogDirsResponse = message(
  { name: 'AlterReplicaLogDirsResponse', versions: '1-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
);
export type AlterReplicaLogDirsResponse = Infer<typeof alterReplicaLogDirsResponse>;

export const alterReplicaLogDirsApi = api(
  34,
  'AlterReplicaLogDirs',
  alterReplicaLogDirsRequest,
  alterReplicaLogDirsResponse,
);
