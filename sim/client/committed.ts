/** Reads the committed offsets of a group, and reports what was told. */
import { errorNameOf, findCoordinatorApi, offsetFetchApi } from '../../src/protocol/index.ts';
import type { GroupFacts } from '../history/group-facts.ts';
import type { History } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import type { Connection } from './connection.ts';
import type { TopicRef } from './topics.ts';

const VERSION = 7;
const FIND_VERSION = 4;

/** Asks who keeps the group: only then a broker opens what it keeps groups in. */
export async function findCoordinator(
  { patience }: Link,
  group: GroupFacts,
  connection: Connection,
): Promise<void> {
  const request = { keyType: 0, coordinatorKeys: [group.name] };
  await connection.send(findCoordinatorApi, FIND_VERSION, request, patience.requestTimeoutMs);
}

/** False: the coordinator could not say. */
export async function fetchCommitted(
  link: Link,
  history: History,
  group: GroupFacts,
  topic: TopicRef,
  connection: Connection,
): Promise<boolean> {
  const askedAt = ++group.clock;
  const partitionIndexes = Array.from({ length: topic.partitions }, (_, partition) => partition);
  const { topics, errorCode } = await connection.send(
    offsetFetchApi,
    VERSION,
    { groupId: group.name, topics: [{ name: topic.name, partitionIndexes }], requireStable: true },
    link.patience.requestTimeoutMs,
  );
  if (errorCode !== 0) {
    const error = errorNameOf(errorCode);
    if (error === 'COORDINATOR_NOT_AVAILABLE') await findCoordinator(link, group, connection);
    else if (error !== 'COORDINATOR_LOAD_IN_PROGRESS' && error !== 'NOT_COORDINATOR')
      history.violated(`C4: OffsetFetch of ${group.name} was refused with ${error}`);
    return false;
  }
  for (const { partitions } of topics)
    for (const { partitionIndex, committedOffset } of partitions)
      history.offsetRead(group, { partition: String(partitionIndex), offset: committedOffset, askedAt });
  return true;
}
