/** Groups as a client sees them: of either protocol, in one shape. */
import type { Admin } from '@platformatic/kafka';
import { CommandFailed, EXIT } from '../exit-codes.ts';

export interface GroupRow {
  readonly group: string;
  /** classic, consumer, share, streams; what the broker does not say is ''. */
  readonly kind: string;
  readonly state: string;
  readonly protocol: string;
}

export interface MemberView {
  readonly member: string;
  readonly instance: string | null;
  readonly client: string;
  readonly host: string;
  /** Of members of a consumer group: the epoch that each has reached. */
  readonly epoch?: number;
  readonly partitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface GroupView extends GroupRow {
  readonly members: readonly MemberView[];
  /** Of a consumer group: its epoch, that of its assignment, and who assigns. */
  readonly epoch?: number;
  readonly assignmentEpoch?: number;
  readonly assignor?: string;
}

/** A consumer of the library must name a group; one that it never joins leaves no trace. */
export const NO_GROUP = 'gregor-consume';
const GROUP_KEY = 0;

export async function listGroups(admin: Admin): Promise<GroupRow[]> {
  const groups = await admin.listGroups({ types: [] }); // all: by itself the library asks for classic ones
  return Array.from(groups.values(), ({ id, groupType, state, protocolType }) => ({
    group: id,
    kind: (groupType ?? '').toLowerCase(),
    state,
    protocol: protocolType,
  })).sort((left, right) => (left.group < right.group ? -1 : 1));
}

/** Exit code 3 when there is no such group. */
export async function requireGroup(admin: Admin, group: string): Promise<GroupRow> {
  const found = (await listGroups(admin)).find((row) => row.group === group);
  if (found !== undefined) return found;
  throw new CommandFailed(EXIT.notFound, `There is no group '${group}'. See: gregor group list`);
}

export async function describeGroup(admin: Admin, group: string): Promise<GroupView> {
  const row = await requireGroup(admin, group);
  return row.kind === 'consumer' ? describeConsumer(admin, row) : describeClassic(admin, row);
}

async function describeClassic(admin: Admin, row: GroupRow): Promise<GroupView> {
  const described = (await admin.describeGroups({ groups: [row.group] })).get(row.group);
  const members = Array.from(
    described?.members.values() ?? [],
    (member): MemberView => ({
      member: member.id,
      instance: member.groupInstanceId ?? null,
      client: member.clientId,
      host: hostText(member.clientHost),
      partitions: Array.from(member.assignments?.values() ?? [], ({ topic, partitions }) => ({
        topic,
        partitions,
      })),
    }),
  );
  return { ...row, state: described?.state ?? row.state, assignor: described?.protocol ?? '', members };
}

/** Through the API itself: the library's own description knows the classic protocol only. */
async function describeConsumer(admin: Admin, row: GroupRow): Promise<GroupView> {
  const { consumerGroupDescribeV0 } = await import('@platformatic/kafka');
  const [coordinator] = await admin.findCoordinator({ keyType: GROUP_KEY, keys: [row.group] });
  const connections = await admin.connectToBrokers([coordinator!.nodeId]);
  const { groups } = await consumerGroupDescribeV0.api.async(
    connections.values().next().value!,
    [row.group],
    false,
  );
  const { groupState, groupEpoch, assignmentEpoch, assignorName, members } = groups[0]!;
  return {
    ...row,
    state: groupState,
    epoch: groupEpoch,
    assignmentEpoch,
    assignor: assignorName,
    members: members.map((member) => ({
      member: member.memberId,
      instance: member.instanceId ?? null,
      client: member.clientId,
      host: hostText(member.clientHost),
      epoch: member.memberEpoch,
      partitions: member.assignment.topicPartitions.map(({ topicName: topic, partitions }) => ({
        topic,
        partitions,
      })),
    })),
  };
}

/** What the group has committed: topic -> partition -> offset. */
export async function committedOffsets(
  admin: Admin,
  group: string,
): Promise<Map<string, Map<number, bigint>>> {
  const [found] = await admin.listConsumerGroupOffsets({ groups: [group] });
  return new Map(
    (found?.topics ?? []).map(({ name, partitions }) => [
      name,
      new Map(
        partitions
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]),
      ),
    ]),
  );
}

/** Kafka writes a slash before it. */
function hostText(clientHost: string): string {
  return clientHost.replace(/^\//, '');
}
