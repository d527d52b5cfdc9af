/**
 * repair: what is damaged is set aside, so that the folder opens and every record that can be read is served.
 *
 *   plan      what would be done, from what verify found; changes nothing
 *   carryOut  copies to quarantine/<time>/ -> new files for the runs of whole batches -> manifest -> old files go
 *
 * Invariants
 *   R1  nothing is destroyed: every byte that stops counting lies in the quarantine first, synced
 *   R2  until the new manifest is durable the folder is as it was
 *   R3  offsets are not given twice: a log whose last batches are lost goes on behind them
 */
import { silent } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import type { JournalStart } from '../journal/index.ts';
import { type LogState, Manifest, type ManifestContent, type SegmentState } from '../log/index.ts';
import type { Finding } from './finding.ts';
import { cutSegment, type RepairedSegment } from './repair-segment.ts';
import type { TopicNames } from './topic-names.ts';
import { JOURNAL_DIRECTORY, type LostRange } from './verify-journal.ts';
import { QUARANTINE_DIRECTORY } from './verify-names.ts';
import type { Verified } from './verify.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;

export interface RepairPlan {
  /** Sentences for people, in the order of the work. */
  readonly steps: readonly string[];
  readonly content: ManifestContent<JournalStart>;
  /** Files that are copied to the quarantine before anything else. */
  readonly aside: readonly string[];
  /** New files, by path. */
  readonly segments: readonly RepairedSegment[];
  /** Copied aside, and named by the new manifest no more. */
  readonly gone: readonly string[];
  readonly lost: readonly LostRange[];
}

/** The folder cannot be repaired: the message says why, and what to do. */
export class NotRepairable extends Error {
  override readonly name = 'NotRepairable';
}

/** Undefined: there is nothing to repair. `now`: by the wall clock. */
export async function planRepair(
  disk: Disk,
  verified: Verified,
  now: number,
): Promise<RepairPlan | undefined> {
  const { content, findings, names } = verified;
  const damage = findings.filter(({ kind }) => kind === 'damage');
  if (damage.length === 0) return undefined;
  if (content === undefined)
    throw new NotRepairable(
      'no manifest can be read, so nobody knows what counts. Restore a backup: gregor restore',
    );
  const draft = {
    steps: [] as string[],
    aside: new Set<string>(),
    gone: [] as string[],
    segments: [] as RepairedSegment[],
  };
  for (const { file, means } of damage)
    if (file.startsWith('manifest-')) {
      draft.aside.add(file);
      draft.steps.push(`${file} is copied aside and written anew. ${means}`);
    }
  const partitions: LogState[] = [];
  for (const log of content.partitions)
    partitions.push(await repairLog(disk, log, damage, names, now, draft));
  const journal = repairJournal(verified, draft);
  const plan = { steps: draft.steps, aside: [...draft.aside], segments: draft.segments, gone: draft.gone };
  const next = { ...content, ...journal, partitions };
  return draft.steps.length === 0
    ? undefined
    : { ...plan, content: next, lost: verified.journal?.lost ?? [] };
}

interface Draft {
  readonly steps: string[];
  readonly aside: Set<string>;
  readonly gone: string[];
  readonly segments: RepairedSegment[];
}

async function repairLog(
  disk: Disk,
  log: LogState,
  damage: readonly Finding[],
  names: TopicNames,
  now: number,
  draft: Draft,
): Promise<LogState> {
  const segments: SegmentState[] = [];
  for (const segment of log.segments) {
    const cut = await cutSegment(disk, log, segment, damage, now);
    if (cut === undefined) {
      segments.push(segment);
      continue;
    }
    for (const path of cut.aside) draft.aside.add(path);
    draft.gone.push(...cut.gone);
    draft.segments.push(...cut.repaired);
    segments.push(...cut.states);
    const named = names.partition(log.topicId, log.partition);
    for (const what of cut.steps) draft.steps.push(`${named}: ${what}`);
  }
  const end = (log.segments.at(-1)?.lastOffset ?? -1) + 1;
  if (end > log.logStartOffset && (segments.at(-1)?.lastOffset ?? -1) + 1 < end)
    segments.push(emptyAt(end, now)); // R3
  return { ...log, segments };
}

function emptyAt(offset: number, createdAt: number): SegmentState {
  const nothing = { bytes: 0, maxTimestamp: -1, maxTimestampOffset: offset };
  return { baseOffset: offset, lastOffset: offset - 1, createdAt, ...nothing };
}

/** The journal ends at its last frame that can be replayed. The epoch rises, as after every stop that was not clean. */
function repairJournal({ content, journal }: Verified, draft: Draft): Partial<ManifestContent<JournalStart>> {
  const damage = journal?.end.damage;
  if (damage === undefined) return {};
  const last = journal!.end.last?.sequence ?? damage.sequence - 1;
  const sessions = content!.journal.sessions
    .filter(({ firstSequence }) => firstSequence <= last)
    .map((session) => ({ ...session, lastSequence: Math.min(session.lastSequence ?? Infinity, last) }));
  draft.aside.add(JOURNAL_DIRECTORY);
  draft.steps.push(
    `the journal ends with frame ${last}; frame ${damage.sequence} and all behind it are copied aside and count no more`,
  );
  return { clean: false, journal: { ...content!.journal, sessions, durableSequence: last } };
}

/** Answers the folder of the quarantine. */
export async function carryOut(
  disk: Disk,
  plan: RepairPlan,
  findings: readonly Finding[],
  names: TopicNames,
  now: number,
): Promise<string> {
  const quarantine = `${QUARANTINE_DIRECTORY}/${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  for (const path of plan.aside) {
    if (path !== JOURNAL_DIRECTORY) await copyAside(disk, path, `${quarantine}/${path}`);
    else
      for (const name of await disk.list(path))
        await copyAside(disk, `${path}/${name}`, `${quarantine}/${path}/${name}`);
  }
  const lost = plan.lost.map((range) => ({ topic: names.of(range.topicId), ...range }));
  const report = { createdAt: new Date(now).toISOString(), steps: plan.steps, lost, findings };
  await writeFile(disk, `${quarantine}/report.json`, [
    Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`),
  ]);
  for (const { source, from, to, path, aborted } of plan.segments) {
    const file = await disk.open(source);
    const parts = path === source ? undefined : readParts(file, from, to);
    if (parts !== undefined) await writeFile(disk, path, parts);
    await file.close();
    if (aborted !== undefined) await writeFile(disk, path.replace(/\.log$/, '.txnindex'), [aborted]);
  }
  await disk.syncAll(); // R1
  const manifest = await Manifest.open({ disk }, silent);
  await manifest.write(plan.content); // R2
  await manifest.write(plan.content); // both copies: the one before names files that go now
  for (const path of plan.gone) await disk.remove(path);
  await disk.syncAll();
  return quarantine;
}

async function copyAside(disk: Disk, from: string, to: string): Promise<void> {
  const file = await disk.open(from);
  try {
    await writeFile(disk, to, readParts(file, 0, file.size));
  } finally {
    await file.close();
  }
}

async function* readParts(
  file: { read(position: number, length: number): Promise<Buffer> },
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  for (let at = from; at < to; at += CHUNK_BYTES) yield await file.read(at, Math.min(CHUNK_BYTES, to - at));
}

async function writeFile(
  disk: Disk,
  path: string,
  parts: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const file = await disk.open(path, { create: true });
  try {
    await file.truncate(0);
    for await (const part of parts) await file.write(file.size, [part]);
    await file.sync();
  } finally {
    await file.close();
  }
}
