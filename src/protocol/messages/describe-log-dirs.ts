/**
 * DescribeLogDirs (35): the log directories of a broker and how much lies in them.
 *
 *   v2 flexible · v3 an error for the whole request (KIP-784) · v4 size of the volume (KIP-827)
 *   v5 whether a directory takes no new partitions (KIP-1066)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, int64, message, string } from '../schema.ts';

export const describeLogDirsRequest = message(
  { name: 'DescribeLogDirsRequest', versions: '1-5', flexible: '2+' },
  {
    // null: all topics
    topics: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: '0+' },
    ),
  },
);
export type DescribeLogDirsRequest = Infer<typeof describeLogDirsRequest>;

export const describeLogDirsResponse = message(
  { name: 'DescribeLogDirsResponse', versions: '1-5', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '3+', ignorable: true }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: boolean(), // a copy on its way into this directory
        }),
      }),
      totalBytes: int64({ versions: '4+', default: -1, ignorable: true }), // -1: unknown
      usableBytes: int64({ versions: '4+', default: -1, ignorable: true }), // -1: unknown
      isCordoned: boolean({ versions: '5+', ignorable: true }),
    }),
  },
);
export type DescribeLogDirsResponse = Infer<typeof describeLogDirsResponse>;

export const describeLogDirsApi = api(35, 'DescribeLogDirs', describeLogDirsRequest, describeLogDirsResponse);
