/** Where the members of a crowd live: a topic with a partition for each member of a group, and a connection each. */
import { setTimeout as pause } from 'node:timers/promises';
import { createTopicsApi, findCoordinatorApi } from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { ClassicMember } from './classic-member.ts';
import { ConsumerMember } from './consumer-member.ts';
import type { LoadMember, MemberPlace } from './member.ts';

const CONNECTED_AT_ONCE = 50;
const TOPIC = 'load';
const MEMBERS = { classic: ClassicMember, consumer: ConsumerMember } as const;

export const KINDS = ['classic', 'consumer'] as const;
export type Kind = (typeof KINDS)[number];

/** One place for each member, those of a group beside each other. */
export async function makePlaces(port: number, groups: number, members: number): Promise<MemberPlace[]> {
  const client = await WireClient.connect(port);
  const name = `${TOPIC}-${Date.now()}`;
  const { topics } = await client.send(createTopicsApi, 7, {
    topics: [{ name, numPartitions: members, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 30_000,
    validateOnly: false,
  });
  const { errorCode, errorMessage, topicId } = topics[0]!;
  if (errorCode !== 0) throw new Error(`no topic: ${errorMessage}`);
  const groupIds = Array.from({ length: groups }, (_, n) => `${name}-${n}`);
  for (;;) {
    const { coordinators } = await client.send(findCoordinatorApi, 4, {
      keyType: 0,
      coordinatorKeys: groupIds.slice(0, 1),
    });
    if (coordinators[0]!.errorCode === 0) break;
    await pause(50);
  }
  await pause(2_000); // Kafka makes the partitions of its offsets topic behind that answer
  client.close();
  return groupIds.flatMap((groupId) =>
    Array.from({ length: members }, () => ({ port, groupId, topic: name, topicId })),
  );
}

export async function connectAll(kind: Kind, places: readonly MemberPlace[]): Promise<LoadMember[]> {
  const members: LoadMember[] = [];
  for (let from = 0; from < places.length; from += CONNECTED_AT_ONCE)
    members.push(
      ...(await Promise.all(
        places.slice(from, from + CONNECTED_AT_ONCE).map((place) => MEMBERS[kind].connect(place)),
      )),
    );
  return members;
}
