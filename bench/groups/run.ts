/**
 * Groups under load: how long many members take to be one group, and what many groups cost while nothing happens.
 *
 *   node bench/groups/run.ts                      1,000 members in one group, then 5,000 groups of one, each protocol
 *   node bench/groups/run.ts --members 200 --groups 500 --seconds 10
 *   node bench/groups/run.ts --target kafka       the same against Apache Kafka
 *
 * Settings are the defaults: an empty classic group waits three seconds for company, consumer groups share at most once a second.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTopicsApi, findCoordinatorApi } from '../../src/protocol/index.ts';
import { makeTarget, type Target, type TargetName, targetNames } from '../../test/compat/targets.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { ClassicMember } from './classic-member.ts';
import { ConsumerMember } from './consumer-member.ts';
import type { LoadMember, MemberPlace } from './member.ts';
import { processorSeconds, residentBytes } from './process-figures.ts';
import { number, oneOf, readOptions } from '../../scripts/options.ts';

const PATIENCE_MS = 300_000;
const CONNECTED_AT_ONCE = 50;
const KIBIBYTE = 1024;

const { values } = readOptions(import.meta.filename, {
  members: number(1000),
  groups: number(5000),
  seconds: number(30),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
});
const KINDS = { classic: ClassicMember, consumer: ConsumerMember } as const;
type Kind = keyof typeof KINDS;

console.log(`${os.cpus().length} cores, load ${os.loadavg()[0]!.toFixed(1)} at the start`);
for (const name of targetNames(values.target))
  for (const kind of ['classic', 'consumer'] as const) {
    await onNewBroker(name, (target) => oneGroup(target, kind, values.members));
    await onNewBroker(name, (target) => manyGroups(target, kind, values.groups));
  }
process.exit();

async function onNewBroker(
  name: TargetName,
  work: (target: Target & { pid?: number | undefined }) => Promise<string>,
) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-bench-groups-'));
  const target = await makeTarget(name, folder);
  await target.start();
  console.log(`${name}: ${await work(target)}`);
  await target.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** From the first join until all have one partition each in one generation. */
async function oneGroup(
  target: Target & { pid?: number | undefined },
  kind: Kind,
  count: number,
): Promise<string> {
  const pid = target.pid!;
  const place = await makePlace(target.port, 'one', count);
  const members = await connectAll(
    kind,
    Array.from({ length: count }, () => place),
  );
  const before = processorSeconds(pid);
  const startMs = performance.now();
  for (const member of members) void member.join();
  await until(() => members.every(({ epoch, owned }) => owned === 1 && epoch === members[0]!.epoch));
  const seconds = (performance.now() - startMs) / 1000;
  const used = processorSeconds(pid) - before;
  const requests = members.reduce((sum, { heartbeats, joins }) => sum + heartbeats + joins, 0);
  for (const member of members) member.close();
  return (
    `${count} ${kind} members are one group after ${seconds.toFixed(1)} s: generation ${members[0]!.epoch}, ` +
    `${requests} joins and heartbeats, ${used.toFixed(2)} s of processor time`
  );
}

/** Processor time while nothing happens but heartbeats, and memory: with connections alone, and with members. */
async function manyGroups(
  target: Target & { pid?: number | undefined },
  kind: Kind,
  count: number,
): Promise<string> {
  const pid = target.pid!;
  const place = await makePlace(target.port, 'many', 1);
  const empty = residentBytes(pid);
  const members = await connectAll(
    kind,
    Array.from({ length: count }, (_, n) => ({ ...place, groupId: `many-${n}` })),
  );
  const connected = residentBytes(pid);
  await Promise.all(members.map((member) => member.join()));
  await until(() => members.every(({ owned }) => owned === 1));
  await settle(pid);
  const joined = residentBytes(pid);
  const beats = () => members.reduce((sum, { heartbeats }) => sum + heartbeats, 0);
  const [usedBefore, beatsBefore, startMs] = [processorSeconds(pid), beats(), performance.now()];
  await pause(values.seconds * 1000);
  const seconds = (performance.now() - startMs) / 1000;
  const used = processorSeconds(pid) - usedBefore;
  const sent = beats() - beatsBefore;
  const end = residentBytes(pid);
  for (const member of members) member.close();
  const kib = (bytes: number) => `${(bytes / count / KIBIBYTE).toFixed(1)} KiB`;
  return (
    `${count} ${kind} groups of one: ${((100 * used) / seconds).toFixed(1)} % of a core for ${(sent / seconds).toFixed(0)} heartbeats/s ` +
    `(${((1e6 * used) / sent).toFixed(0)} µs each); resident per member ${kib(connected - empty)} with its connection, ` +
    `${kib(joined - empty)} once it is in, ${kib(end - empty)} at the end`
  );
}

async function makePlace(port: number, groupId: string, partitions: number): Promise<MemberPlace> {
  const client = await WireClient.connect(port);
  const topic = 'load';
  const { topics } = await client.send(createTopicsApi, 7, {
    topics: [{ name: topic, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 30_000,
    validateOnly: false,
  });
  if (topics[0]!.errorCode !== 0) throw new Error(`no topic: ${topics[0]!.errorMessage}`);
  for (;;) {
    const { coordinators } = await client.send(findCoordinatorApi, 4, {
      keyType: 0,
      coordinatorKeys: [groupId],
    });
    if (coordinators[0]!.errorCode === 0) break;
    await pause(50);
  }
  await pause(2_000); // Kafka makes the partitions of its offsets topic behind that answer
  client.close();
  return { port, groupId, topic, topicId: topics[0]!.topicId };
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
  for (const deadline = performance.now() + PATIENCE_MS; !isSo(); await pause(20))
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
