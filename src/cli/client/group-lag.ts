/**
 * GroupLag: how far a group is behind, partition by partition: in records, and in time: the age of the oldest record that it
 * has not read. For that one batch of each lagging partition is read.
 */
import type { Admin } from '@platformatic/kafka';
import { committedOffsets, describeGroup, type GroupView } from './groups.ts';
import { stepOf } from './log-reader.ts';
import { endsOf } from './positions.ts';
import type { BytesConsumer } from './session.ts';

export interface LagRow {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** What is committed; null: nothing yet. */
  readonly offset: number | null;
  readonly end: number;
  /** Records; null while nothing is committed. */
  readonly lag: number | null;
  /** Milliseconds; 0: nothing is unread; null: nobody knows. */
  readonly behindMs: number | null;
  readonly member: string | null;
}

const READ_COMMITTED = 1;
const WAIT_MS = 500;
const BATCH_BYTES = 64 * 1024;

export async function lagOf(admin: Admin, consumer: BytesConsumer, group: string): Promise<LagRow[]> {
  const view = await describeGroup(admin, group);
  const committed = await committedOffsets(admin, group);
  const owners = ownersOf(view);
  const topics = new Set([...committed.keys(), ...owners.keys()]);
  const rows: LagRow[] = [];
  for (const topic of [...topics].sort())
    rows.push(...(await lagOfTopic(consumer, group, topic, committed.get(topic), owners.get(topic))));
  return rows;
}

async function lagOfTopic(
  consumer: BytesConsumer,
  group: string,
  topic: string,
  committed: ReadonlyMap<number, bigint> = new Map(),
  owners: ReadonlyMap<number, string> = new Map(),
): Promise<LagRow[]> {
  const partitions = [...new Set([...committed.keys(), ...owners.keys()])].sort((a, b) => a - b);
  const ends = await endsOf(consumer, topic, partitions);
  return Promise.all(
    partitions.map(async (partition): Promise<LagRow> => {
      const end = ends.get(partition) ?? 0n;
      const offset = committed.get(partition);
      const lag = offset === undefined ? undefined : end > offset ? end - offset : 0n;
      const behindMs =
        lag === undefined ? null : lag === 0n ? 0 : await ageAt(consumer, topic, partition, offset!);
      return {
        group,
        topic,
        partition,
        offset: offset === undefined ? null : Number(offset),
        end: Number(end),
        lag: lag === undefined ? null : Number(lag),
        behindMs,
        member: owners.get(partition) ?? null,
      };
    }),
  );
}

function ownersOf({ members }: GroupView): Map<string, Map<number, string>> {
  const owners = new Map<string, Map<number, string>>();
  for (const { member, partitions: listed } of members)
    for (const { topic, partitions } of listed) {
      const ofTopic = owners.get(topic) ?? new Map<number, string>();
      owners.set(topic, ofTopic);
      for (const partition of partitions) ofTopic.set(partition, member);
    }
  return owners;
}

/** How long ago the first record from `offset` on was written; null: it is gone, or only markers are left. */
async function ageAt(
  consumer: BytesConsumer,
  topic: string,
  partition: number,
  offset: bigint,
): Promise<number | null> {
  const { topics } = await consumer.metadata({ topics: [topic] });
  const { id, partitions } = topics.get(topic)!;
  const node = partitions[partition]?.leader ?? -1;
  if (node < 0) return null;
  const place = { partition, fetchOffset: offset, partitionMaxBytes: BATCH_BYTES };
  const response = await consumer
    .fetch({
      node,
      topics: [{ topicId: id, partitions: [{ ...place, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }] }],
      minBytes: 1,
      maxBytes: BATCH_BYTES,
      maxWaitTime: WAIT_MS,
      isolationLevel: READ_COMMITTED,
    })
    .catch(() => undefined); // retention took it, or a leader moves: then nobody knows
  const answer = response?.responses[0]?.partitions[0];
  const first = answer === undefined ? undefined : stepOf(answer, offset)?.records[0];
  return first === undefined ? null : Math.max(Date.now() - Number(first.timestamp), 0);
}

/** `12 s behind` */
export function behindText(behindMs: number | null): string {
  if (behindMs === null) return 'unknown';
  return behindMs === 0 ? 'up to date' : `${durationText(behindMs)} behind`;
}

function durationText(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
