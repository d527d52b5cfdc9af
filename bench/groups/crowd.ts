/**
 * A crowd: members of one group or of many, all in this process, each on a connection of its own, with intervals as clients have them.
 *
 *   node bench/groups/crowd.ts --port P --pid PID --kind classic --groups 1 --members 1000 --seconds 10     prints what it saw as JSON
 */
import { parseArgs } from 'node:util';
import { createTopicsApi, findCoordinatorApi } from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { processorSeconds, residentBytes } from '../machine.ts';
import { ClassicMember } from './classic-member.ts';
import { ConsumerMember } from './consumer-member.ts';
import type { LoadMember, MemberPlace } from './member.ts';

const PATIENCE_MS = 300_000;
const CONNECTED_AT_ONCE = 50;
const TOPIC = 'load';
const KINDS = { classic: ClassicMember, consumer: ConsumerMember } as const;

export type Kind = keyof typeof KINDS;

export interface CrowdPlan {
  readonly port: number;
  /** Of the broker: its processor time and memory are counted. */
  readonly pid: number;
  readonly kind: Kind;
  readonly groups: number;
  /** Of each group. */
  readonly members: number;
  /** For so long nothing happens but heartbeats. */
  readonly seconds: number;
}

export interface CrowdSeen {
  /** From the first join until every member has its partition, all members of a group in one generation. */
  readonly formedSeconds: number;
  readonly formedProcessorSeconds: number;
  readonly generation: number;
  /** Joins and heartbeats until then. */
  readonly requests: number;
  /** Then: heartbeats alone. */
  readonly heartbeatSeconds: number;
  readonly heartbeats: number;
  readonly heartbeatProcessorSeconds: number;
  /** Bytes. */
  readonly resident: {
    readonly empty: number;
    readonly connected: number;
    readonly joined: number;
    readonly end: number;
  };
}

export async function crowd({
  port,
  pid,
  kind,
  groups,
  members: count,
  seconds,
}: CrowdPlan): Promise<CrowdSeen> {
  const places = await makePlaces(port, groups, count);
  const empty = residentBytes(pid);
  const members = await connectAll(kind, places);
  const connected = residentBytes(pid);
  const before = processorSeconds(pid);
  const beganMs = performance.now();
  for (const member of members) void member.join();
  const isFormed = (first: LoadMember, { owned, epoch }: LoadMember) => owned === 1 && epoch === first.epoch;
  await until(() => members.every((member, n) => isFormed(members[n - (n % count)]!, member)));
  const formed = {
    formedSeconds: (performance.now() - beganMs) / 1000,
    formedProcessorSeconds: processorSeconds(pid) - before,
    generation: members[0]!.epoch,
    requests: members.reduce((sum, { heartbeats, joins }) => sum + heartbeats + joins, 0),
  };
  if (seconds > 0) await settle(pid);
  const joined = residentBytes(pid);
  const beats = () => members.reduce((sum, { heartbeats }) => sum + heartbeats, 0);
  const quiet = { used: processorSeconds(pid), beats: beats(), atMs: performance.now() };
  await pause(seconds * 1000);
  const seen = {
    ...formed,
    heartbeatSeconds: (performance.now() - quiet.atMs) / 1000,
    heartbeats: beats() - quiet.beats,
    heartbeatProcessorSeconds: processorSeconds(pid) - quiet.used,
    resident: { empty, connected, joined, end: residentBytes(pid) },
  };
  for (const member of members) member.close();
  return seen;
}

/** One place for each member, those of a group beside each other. */
async function makePlaces(port: number, groups: number, members: number): Promise<MemberPlace[]> {
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

async function connectAll(kind: Kind, places: readonly MemberPlace[]): Promise<LoadMember[]> {
  const members: LoadMember[] = [];
  for (let from = 0; from < places.length; from += CONNECTED_AT_ONCE)
    members.push(
      ...(await Promise.all(
        places.slice(from, from + CONNECTED_AT_ONCE).map((place) => KINDS[kind].connect(place)),
      )),
    );
  return members;
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !isSo(); await pause(10))
    if (performance.now() > deadline) throw new Error('not in time');
}

/** Until what the joins left to do is done. */
async function settle(pid: number): Promise<void> {
  for (let before = processorSeconds(pid); ; ) {
    await pause(2_000);
    const now = processorSeconds(pid);
    if (now - before < 1) return;
    before = now;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ['port', 'pid', 'kind', 'groups', 'members', 'seconds'].map((name) => [
        name,
        { type: 'string' as const },
      ]),
    ),
  });
  const number = (name: string) => Number(values[name]);
  const seen = await crowd({
    port: number('port'),
    pid: number('pid'),
    kind: values['kind'] as Kind,
    groups: number('groups'),
    members: number('members'),
    seconds: number('seconds'),
  });
  console.log(JSON.stringify(seen));
  process.exit();
}
