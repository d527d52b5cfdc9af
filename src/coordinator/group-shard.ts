/** Group shard: a shard whose mind keeps groups, and whose records are those of `__consumer_offsets`. */
import {
  Decision,
  GroupMind,
  type GroupSettings,
  type ReplayedRecord,
  type TopicView,
} from '../groups/index.ts';
import { decodeGroupRecords, encodeGroupRecords } from './group-log.ts';
import type { Shard, ShardKind } from './shard.ts';

export type GroupShard = Shard<GroupMind, ReplayedRecord, Decision>;

export function groupShardKind(
  settings: GroupSettings,
  topics: TopicView,
): ShardKind<GroupMind, ReplayedRecord, Decision> {
  return {
    name: 'groups',
    createMind: () => new GroupMind(settings, topics),
    createDecision: (now) => new Decision(now),
    place: (partition, records, wallMs, replay) => {
      const { durable } = partition.append(encodeGroupRecords(records, wallMs));
      for (const record of records) replay(record);
      return durable;
    },
    decode: decodeGroupRecords,
  };
}
