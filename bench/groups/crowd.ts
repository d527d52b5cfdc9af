/**
 * A crowd: members of one group or of many, all in this process, each on a connection of its own, with intervals as clients have them.
 *
 *   node bench/groups/crowd.ts --port P --pid PID --kind classic --groups 1 --members 1000 --seconds 10     prints what it saw as JSON
 */
import { setTimeout as pause } from 'node:timers/promises';
import { number, oneOf, readOptions } from '../../scripts/options.ts';
import { processorSeconds, residentBytes } from '../machine.ts';
import type { LoadMember } from './member.ts';
import { connectAll, type Kind, KINDS, makePlaces } from './places.ts';

const PATIENCE_MS = 300_000;

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

if (import.meta.main) {
  const { values } = readOptions(import.meta.filename, {
    port: number(9092),
    /** Of the broker. */
    pid: number(process.pid),
    kind: oneOf(KINDS, 'classic'),
    groups: number(1),
    members: number(1),
    seconds: number(0),
  });
  console.log(JSON.stringify(await crowd(values)));
  process.exit();
}
