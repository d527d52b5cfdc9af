/**
 * backup: what a pinned manifest names, copied to another folder, which is a data folder itself.
 *
 *   files that are new or grew -> synced -> renamed -> backup.json -> manifest -> what it no longer names goes
 *
 * Invariants
 *   B1  until the new manifest is durable the target is the backup that it was before; afterwards the new one
 *   B2  a target that is no backup of this cluster is never touched
 *   B3  the journal is not needed: a pinned checkpoint has everything in segments
 *
 * A restore is the same copy the other way round, into an empty folder.
 */
import { silent } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import {
  type LogState,
  Manifest,
  type ManifestContent,
  PARTITIONS_DIRECTORY,
  partitionDirectory,
} from '../log/index.ts';
import { CopiedLog, type CopyDamage } from './copied-log.ts';

export const BACKUP_FILE = 'backup.json';
/** What may lie in an empty folder: a file system's own, the lock that the caller holds. */
const NOTHING = new Set(['lost+found', '.gitignore', '.lock-journal', `${BACKUP_FILE}.new`]);
const FORMAT = 1;
/** Partitions that are copied at the same time. */
const COPIES_AT_ONCE = 4;

export interface CopyOptions {
  readonly onDamage: (damage: CopyDamage) => void;
  /** Bytes of segments, copied so far and in all. */
  readonly onProgress?: (copied: number, total: number) => void;
}

export interface BackupOptions extends CopyOptions {
  /** By the wall clock. */
  readonly now: number;
  /** Where it comes from, for people. */
  readonly from: string;
}

export interface CopySummary {
  readonly partitions: number;
  readonly copiedBytes: number;
  /** Bytes of segments that were there from an earlier backup. */
  readonly keptBytes: number;
}

/** What `backup.json` says. */
export interface BackupLabel {
  readonly format: number;
  readonly clusterId: string;
  readonly from: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The target cannot take it: the message says why. Nothing was changed. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

export async function backUp(
  source: Disk,
  target: Disk,
  content: ManifestContent,
  options: BackupOptions,
): Promise<CopySummary> {
  const names = await target.list('');
  const label = await readLabel(target);
  const strange = names.find((name) => !NOTHING.has(name));
  if (label === undefined && strange !== undefined)
    throw new TargetRefused(`it holds ${strange} and is no backup`); // B2
  if (label !== undefined && label.format !== FORMAT)
    throw new TargetRefused(`it is a backup of format ${label.format}, this program knows ${FORMAT}`);
  if (label !== undefined && label.clusterId !== content.clusterId)
    throw new TargetRefused(
      `it is a backup of another cluster (${label.clusterId}), made from ${label.from}`,
    );
  const manifest = await Manifest.open({ disk: target }, silent);
  if (label === undefined) await writeLabel(target, content, options); // first, so that a crash leaves a folder that is known as ours
  const summary = await copyLogs(source, target, content, manifest, options, 0);
  await writeLabel(target, content, options);
  return summary;
}

/**
 * Into an empty folder. The leader epoch rises by one: clients that saw later offsets than the backup has are told that
 * the log was cut (KIP-320), instead of waiting for offsets that will be something else.
 */
export async function restore(source: Disk, target: Disk, options: CopyOptions): Promise<CopySummary> {
  if ((await readLabel(source)) === undefined) throw new TargetRefused('there is no backup.json in it');
  const { content } = await Manifest.open({ disk: source }, silent);
  if (content === undefined) throw new TargetRefused('its backup was never completed: it has no manifest');
  const strange = (await target.list('')).find((name) => !NOTHING.has(name));
  if (strange !== undefined) throw new TargetRefused(`the folder to restore to holds ${strange}`);
  return copyLogs(source, target, content, await Manifest.open({ disk: target }, silent), options, 1);
}

async function copyLogs(
  source: Disk,
  target: Disk,
  content: ManifestContent,
  manifest: Manifest,
  { onDamage, onProgress = () => {} }: CopyOptions,
  epochsUp: number,
): Promise<CopySummary> {
  const before = new Map(manifest.content?.partitions.map((log) => [keyOf(log), log]));
  let [copied, total] = [0, 0];
  const onBytes = (bytes: number) => onProgress((copied += bytes), total);
  const parts = { source, target, onDamage, onBytes };
  const logs = content.partitions.map((log) => new CopiedLog(parts, log, before.get(keyOf(log))));
  total = logs.reduce((sum, log) => sum + log.dueBytes, 0);
  await inParallel(logs, (log) => log.copy());
  await inParallel(logs, (log) => log.finish());
  if ((await target.list(PARTITIONS_DIRECTORY)).length > 0) await target.syncDirectory(PARTITIONS_DIRECTORY);
  await target.syncDirectory('');
  const { session, durableSequence } = content.journal as { session: number; durableSequence: number };
  const partitions = logs.map((log) => log.state);
  await manifest.write({
    ...content,
    clean: true,
    leaderEpoch: content.leaderEpoch + epochsUp,
    journal: { session, sessions: [], durableSequence }, // B3
    partitions,
  }); // B1
  await removeUnnamed(target, partitions);
  await inParallel(logs, (log) => log.tidy());
  const bytes = partitions
    .flatMap(({ segments }) => segments)
    .reduce((sum, segment) => sum + segment.bytes, 0);
  const copiedBytes = logs.reduce((sum, log) => sum + log.copiedBytes, 0);
  return { partitions: logs.length, copiedBytes, keptBytes: Math.max(0, bytes - copiedBytes) };
}

async function removeUnnamed(target: Disk, logs: readonly LogState[]): Promise<void> {
  const directories = new Set(logs.map(({ topicId, partition }) => partitionDirectory(topicId, partition)));
  for (const name of await target.list(PARTITIONS_DIRECTORY)) {
    const directory = `${PARTITIONS_DIRECTORY}/${name}`;
    if (!directories.has(directory)) await target.remove(directory);
  }
}

export async function readLabel(disk: Disk): Promise<BackupLabel | undefined> {
  if (!(await disk.list('')).includes(BACKUP_FILE)) return undefined;
  const file = await disk.open(BACKUP_FILE);
  try {
    return JSON.parse((await file.read(0, file.size)).toString()) as BackupLabel;
  } catch (error) {
    throw new TargetRefused(`its ${BACKUP_FILE} cannot be read: ${(error as Error).message}`);
  } finally {
    await file.close();
  }
}

async function writeLabel(
  target: Disk,
  { clusterId }: ManifestContent,
  options: BackupOptions,
): Promise<void> {
  const createdAt = new Date(options.now).toISOString();
  const label: BackupLabel = { format: FORMAT, clusterId, from: options.from, createdAt };
  const file = await target.open(`${BACKUP_FILE}.new`, { create: true });
  try {
    await file.truncate(0);
    await file.write(0, [Buffer.from(`${JSON.stringify(label)}\n`)]);
    await file.sync();
  } finally {
    await file.close();
  }
  await target.rename(`${BACKUP_FILE}.new`, BACKUP_FILE);
  await target.syncDirectory('');
}

function keyOf({ topicId, partition }: LogState): string {
  return `${topicId}-${partition}`;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: COPIES_AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
