/** Group shard: a shard whose mind keeps groups, and whose records are those of `__consumer_offsets`. */
import {
  Decision,
  GroupMind,
  type GroupRecord,
  type GroupSettings,
  type TopicView,
} from '../groups/index.ts';
import { decodeGroupRecords, encodeGroupRecords } from './group-log.ts';
import type { Shard, ShardKind } from './shard.ts';

export type GroupShard = Shard<GroupMind, GroupRecord, Decision>;

export function groupShardKind(
  settings: GroupSettings,
  topics: TopicView,
): ShardKind<GroupMind, GroupRecord, Decision> {
  return {
    name: 'groups',
    createMind: () => new GroupMind(settings, topics),
    createDecision: (now) => new Decision(now),
    encode: encodeGroupRecords,
    decode: decodeGroupRecords,
  };
}
