/** Fetch and ListOffsets name the epoch they know: an older one is fenced, a newer one not known here (KIP-320). -1: none. */
import { KafkaError } from '../protocol/index.ts';
import type { Partition } from './partition.ts';

export function checkEpoch({ leaderEpoch }: Partition, currentLeaderEpoch: number): void {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === leaderEpoch) return;
  if (currentLeaderEpoch < leaderEpoch)
    throw new KafkaError('FENCED_LEADER_EPOCH', `epoch ${currentLeaderEpoch} is older than ${leaderEpoch}`);
  throw new KafkaError('UNKNOWN_LEADER_EPOCH', `epoch ${currentLeaderEpoch} is newer than ${leaderEpoch}`);
}
