/**
 * GroupSeek: where a group shall go on reading: planned first, shown, and only then written.
 *
 *   --to          start, end, an offset, the last n (-10), offsets of partitions (0:15,1:20), or a time
 *   --shift-by    so many records on (-n: back) from where it stands, inside the log
 *   --by-duration to what was written so long ago
 *   --from-file   lines of `topic,partition,offset`, or of JSON with these names (what `group lag` prints)
 */
import { readFileSync } from 'node:fs';
import type { Admin } from '@platformatic/kafka';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { parseDuration } from './duration.ts';
import { committedOffsets } from './groups.ts';
import { type OffsetSpec, parseOffsetSpec } from './offset-spec.ts';
import { positionsAt } from './positions.ts';
import type { BytesConsumer } from './session.ts';
import { requireTopic } from './topics.ts';

export interface SeekOptions {
  readonly to?: string;
  readonly shiftBy?: string;
  readonly byDuration?: string;
  readonly fromFile?: string;
  readonly topic?: readonly string[];
}

export interface SeekRow {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Where it stands; null: nowhere yet. */
  readonly from: number | null;
  readonly to: number;
  /** Records that are read again (negative) or skipped; null when it stood nowhere. */
  readonly change: number | null;
}

type Target =
  | { readonly kind: 'spec'; readonly spec: OffsetSpec }
  | { readonly kind: 'shift'; readonly by: bigint }
  | { readonly kind: 'file'; readonly places: ReadonlyMap<string, ReadonlyMap<number, bigint>> };

export function targetOf(options: SeekOptions, nowMs: number): Target {
  const { to, shiftBy, byDuration, fromFile } = options;
  const given = [to, shiftBy, byDuration, fromFile].filter((option) => option !== undefined);
  if (given.length !== 1)
    throw usageError('Say where to, in one way: --to, --shift-by, --by-duration or --from-file');
  if (to !== undefined) return { kind: 'spec', spec: parseOffsetSpec(to) };
  if (byDuration !== undefined) {
    const timestamp = BigInt(Math.round(nowMs - parseDuration(byDuration, '--by-duration')));
    return { kind: 'spec', spec: { kind: 'time', timestamp } };
  }
  if (shiftBy !== undefined) {
    if (!/^[+-]?\d{1,18}$/.test(shiftBy))
      throw usageError(`--shift-by ${shiftBy}: that is no number of records such as 10 or -10`);
    return { kind: 'shift', by: BigInt(shiftBy) };
  }
  return { kind: 'file', places: placesIn(readPlaces(fromFile!), fromFile!) };
}

function readPlaces(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw usageError(`--from-file ${file}: ${(error as Error).message}`);
  }
}

export function placesIn(text: string, file: string): Map<string, Map<number, bigint>> {
  const places = new Map<string, Map<number, bigint>>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const place = line.trimStart().startsWith('{') ? jsonPlace(line) : csvPlace(line);
    if (place === undefined)
      throw usageError(
        `${file}, line ${i + 1}: that is neither topic,partition,offset nor JSON with these names`,
      );
    const [topic, partition, offset] = place;
    const ofTopic = places.get(topic) ?? new Map<number, bigint>();
    places.set(topic, ofTopic.set(partition, offset));
  }
  return places;
}

function csvPlace(line: string): [string, number, bigint] | undefined {
  const found = /^\s*"?([\w.-]+)"?\s*,\s*(\d+)\s*,\s*(\d{1,18})\s*$/.exec(line);
  return found === null ? undefined : [found[1]!, Number(found[2]), BigInt(found[3]!)];
}

function jsonPlace(line: string): [string, number, bigint] | undefined {
  try {
    const { topic, partition, offset, to } = JSON.parse(line) as Record<string, unknown>;
    const place = to ?? offset;
    if (typeof topic !== 'string' || !Number.isSafeInteger(partition) || !Number.isSafeInteger(place))
      return undefined;
    return [topic, partition as number, BigInt(place as number)];
  } catch {
    return undefined; // the caller names the line
  }
}

export async function planSeek(
  admin: Admin,
  consumer: BytesConsumer,
  group: string,
  options: SeekOptions,
): Promise<SeekRow[]> {
  const target = targetOf(options, Date.now());
  const committed = await committedOffsets(admin, group);
  const wanted = await wantedPartitions(admin, target, committed, options.topic);
  if (wanted.size === 0)
    throw new CommandFailed(
      EXIT.notFound,
      `Group '${group}' has committed nothing: name what it shall read: --topic orders or --topic orders:0,1`,
    );
  const rows: SeekRow[] = [];
  for (const [topic, partitions] of wanted) {
    const places = await placesOf(consumer, target, topic, partitions, committed.get(topic));
    for (const [partition, place] of places) {
      const from = committed.get(topic)?.get(partition);
      rows.push({
        group,
        topic,
        partition,
        from: from === undefined ? null : Number(from),
        to: Number(place),
        change: from === undefined ? null : Number(place - from),
      });
    }
  }
  return rows;
}

/** Of topics that are named, all partitions or those that are named; else whatever the group has committed. */
async function wantedPartitions(
  admin: Admin,
  target: Target,
  committed: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
  named: readonly string[] = [],
): Promise<Map<string, number[]>> {
  const wanted = new Map<string, number[]>();
  const source = target.kind === 'file' ? target.places : committed;
  if (named.length === 0) for (const [topic, places] of source) wanted.set(topic, [...places.keys()]);
  for (const text of named) {
    const [name, list] = text.split(/:(?=[\d,]+$)/) as [string, string?];
    const { partitions } = await requireTopic(admin, name);
    const all = target.kind === 'file' ? [...(source.get(name)?.keys() ?? [])] : [...partitions.keys()];
    wanted.set(name, list === undefined ? all : list.split(',').map(Number));
  }
  for (const [topic, partitions] of wanted) {
    const { partitions: there } = await requireTopic(admin, topic);
    const missing = partitions.find((partition) => partition >= there.length);
    if (missing !== undefined)
      throw new CommandFailed(
        EXIT.notFound,
        `'${topic}' has partitions 0–${there.length - 1}, not ${missing}`,
      );
    partitions.sort((a, b) => a - b);
  }
  return wanted;
}

async function placesOf(
  consumer: BytesConsumer,
  target: Target,
  topic: string,
  partitions: readonly number[],
  committed: ReadonlyMap<number, bigint> = new Map(),
): Promise<Map<number, bigint>> {
  if (target.kind === 'spec') return positionsAt(consumer, topic, partitions, target.spec);
  const starts = await positionsAt(consumer, topic, partitions, { kind: 'start' });
  const ends = await positionsAt(consumer, topic, partitions, { kind: 'end' });
  if (target.kind === 'file') {
    const offsets = target.places.get(topic) ?? new Map();
    return positionsAt(consumer, topic, partitions, { kind: 'each', offsets });
  }
  return new Map(
    partitions.map((partition) => {
      const [start, end] = [starts.get(partition)!, ends.get(partition)!];
      const shifted = (committed.get(partition) ?? start) + target.by;
      return [partition, shifted < start ? start : shifted > end ? end : shifted];
    }),
  );
}

export async function applySeek(admin: Admin, group: string, rows: readonly SeekRow[]): Promise<void> {
  const topics = [...new Set(rows.map(({ topic }) => topic))].map((name) => ({
    name,
    partitionOffsets: rows
      .filter(({ topic }) => topic === name)
      .map(({ partition, to }) => ({ partition, offset: BigInt(to) })),
  }));
  await admin.alterConsumerGroupOffsets({ groupId: group, topics });
}
