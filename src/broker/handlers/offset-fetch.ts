/**
 * OffsetFetch: v1-v10.
 *
 * Behaviour: what nobody committed is -1, without an error.
 * Version notes: v2 null topics = all, an error of the whole request; v7 only stable offsets: what an open
 * transaction may replace is UNSTABLE_OFFSET_COMMIT; v8 many groups; v9 member and its epoch (KIP-848); v10 topics by id.
 */
import {
  ERRORS,
  errorCode,
  KafkaError,
  offsetFetchApi,
  type OffsetFetchRequest,
  ZERO_UUID,
} from '../../protocol/index.ts';
import type { FetchedGroup, FetchedTopic } from '../../groups/index.ts';
import type { Broker } from '../broker.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

const GROUPS_SINCE = 8;
const TOPIC_IDS_SINCE = 10;
const ERROR_OF_REQUEST_SINCE = 2;

type AskedGroup = OffsetFetchRequest['groups'][number];
type FetchedTopics = FetchedGroup['topics'];

export const offsetFetch = handler(
  offsetFetchApi,
  [1, 10],
  ['groups', 'image'],
  async (broker, request, { version }) => {
    if (version >= GROUPS_SINCE) {
      const isFirst = firsts(); // of those whose answer is all that there is
      const groups = await Promise.all(
        request.groups
          .filter(({ groupId, topics }) => topics !== null || isFirst(groupId))
          .map((group) => fetchGroup(broker, group, request.requireStable, version)),
      );
      return { groups };
    }
    return single(request, version, await broker.groups.fetchOffsets(singleQuestion(request)));
  },
  {
    refuse: (request, error, { version }) => {
      const code = errorCode(new KafkaError(error));
      if (version < GROUPS_SINCE)
        return single(request, version, { groupId: request.groupId, topics: [], errorCode: code });
      return { groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode: code })) };
    },
  },
);

function singleQuestion({ groupId, topics, requireStable }: OffsetFetchRequest) {
  const named = topics?.map(({ name, partitionIndexes }) => ({ name, topicId: ZERO_UUID, partitionIndexes }));
  return { groupId, topics: named ?? null, requireStable };
}

/** v1 has no error of the whole request: every partition bears it. */
function single(request: OffsetFetchRequest, version: number, { topics, errorCode: code }: FetchedGroup) {
  const answered =
    code !== 0 && version < ERROR_OF_REQUEST_SINCE
      ? (request.topics ?? []).map((topic) => failed(topic, code))
      : topics;
  return {
    topics: answered.map(({ name, partitions }) => ({ name, partitions })),
    errorCode: version < ERROR_OF_REQUEST_SINCE ? 0 : code,
  };
}

async function fetchGroup(
  broker: Pick<Broker, 'groups' | 'image'>,
  group: AskedGroup,
  requireStable: boolean,
  version: number,
): Promise<FetchedGroup> {
  const byId = version >= TOPIC_IDS_SINCE;
  const known: FetchedTopic[] = [];
  const unknown: FetchedTopics = [];
  for (const topic of group.topics ?? []) {
    const name = byId ? broker.image.findById(topic.topicId)?.name : topic.name;
    if (name === undefined) unknown.push(failed(topic, ERRORS.UNKNOWN_TOPIC_ID[0]));
    else known.push({ ...topic, name });
  }
  const answer = await broker.groups.fetchOffsets({
    groupId: group.groupId,
    topics: group.topics === null ? null : known,
    member: { id: group.memberId, epoch: group.memberEpoch },
    requireStable,
  });
  if (answer.errorCode !== 0) return answer;
  return { ...answer, topics: [...(byId ? withIds(broker, answer.topics) : answer.topics), ...unknown] };
}

/** When all topics were asked for, their ids are not known yet; topics that are gone have none and are left out. */
function withIds(broker: Pick<Broker, 'image'>, topics: FetchedTopics): FetchedTopics {
  return topics.flatMap((topic) => {
    const topicId = topic.topicId === ZERO_UUID ? broker.image.find(topic.name)?.id : topic.topicId;
    return topicId === undefined ? [] : [{ ...topic, topicId }];
  });
}

function failed(
  topic: { name: string; topicId?: string; partitionIndexes: readonly number[] },
  code: number,
): FetchedTopics[number] {
  const { name, topicId = ZERO_UUID, partitionIndexes } = topic;
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode: code,
    })),
  };
}
