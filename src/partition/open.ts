/**
 * open: a folder becomes partitions. Start-up, recovery and (later) failover are this one path.
 *
 *   lock -> manifest -> partitions it names -> replay the journal behind it -> new session -> manifest -> appends
 *
 * Invariants
 *   N1  the manifest with the new session is durable before the first append of that session is acknowledged
 *   N2  the leader epoch rises by one at a start after an unclean stop, and only then (O7)
 *   N3  replay keeps memory below the tail's limit: it flushes as it goes
 *   N4  a folder that is started and killed again and again stays small: each life begins in a journal file of its own, so
 *       where that one lies beyond the limit a checkpoint comes before the first append, else beside those who are served
 *   N5  how far the journal relies on segments is known before anything is written to one: what it does not name is cut then
 */
import type { EventSink } from '../base/index.ts';
import type { Clock, DiskLock, Environment } from '../env/index.ts';
import { Journal, namedSegments, type ReplayedFrame } from '../journal/index.ts';
import { type LogState, Manifest, type ManifestContent, nameSegment } from '../log/index.ts';
import { Checkpointer } from './checkpointer.ts';
import type { PartitionConfig } from './partition-config.ts';
import { Partitions } from './partitions.ts';
import { patientDisk } from './patient-disk.ts';
import type { StorageOptions } from './storage-options.ts';

/** What a disk without room holds up. */
const AT_THE_START = 'the start waits, and nobody is served';
const AFTER_THE_START = 'what is durable in the journal waits for its segments';

/** Partitions that are read or written in one go: others get a turn then, a signal to stop among them. */
const IN_A_ROW = 100;

export interface OpenedStorage {
  readonly partitions: Partitions;
  readonly lock: DiskLock;
  /** True when the folder was made just now. */
  readonly isNew: boolean;
  /** True when the last stop was not a clean one. */
  readonly wasUnclean: boolean;
}

/** `configOf` is asked before the topics are known again: their settings follow by `reconfigure`. */
export async function openStorage(
  env: Environment,
  events: EventSink,
  options: StorageOptions,
  initialConfig: PartitionConfig,
): Promise<OpenedStorage> {
  const lock = await env.disk.lock();
  try {
    return { ...(await openLocked(env, events, options, initialConfig, lock)), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(
  env: Environment,
  events: EventSink,
  options: StorageOptions,
  initialConfig: PartitionConfig,
  lock: DiskLock,
) {
  const stopped = new AbortController();
  let isOpen = false;
  const what = () => (isOpen ? AFTER_THE_START : AT_THE_START);
  let opened: Journal | undefined;
  const onWait = () => opened?.noRoomElsewhere();
  const disk = patientDisk(env, { events, stopped: stopped.signal, what, onWait });
  const patient = { ...env, disk };
  const manifest = await Manifest.open(patient, events);
  const last: ManifestContent | undefined = manifest.content;
  const wasUnclean = last !== undefined && !last.clean;
  const identity = {
    clusterId: last?.clusterId ?? clusterId(env.random.uuid()),
    leaderEpoch: (last?.leaderEpoch ?? 0) + (wasUnclean ? 1 : 0), // N2
  };
  const partitions = new Partitions({
    env: patient,
    events,
    options,
    lock,
    stopped,
    letGo: () => disk.letGo(),
    ...identity,
  });
  const known = new Map(last?.partitions.map((state) => [`${state.topicId}-${state.partition}`, state]));
  const isAtRest = manifest.isCertain && last?.clean === true;
  const named = new Map(known);
  if (last !== undefined && !isAtRest) await nameSegments(named, env, options, last);
  for (const state of named.values()) partitions.host(state.topicId, state.partition, initialConfig, state);
  await restoreSnapshots(partitions, env.clock);

  const beganAt = env.clock.monotonic();
  const replay = new Replay(partitions, initialConfig, options, env.clock);
  const { journal, recovery } = await partitions.files.alone(() =>
    Journal.open(env, events, options.journal, last?.journal, (frame) => replay.frame(frame), isAtRest),
  );
  opened = journal;
  for (const partition of partitions.all()) await partition.replayed();
  const checkpointer = new Checkpointer({
    env: patient,
    events,
    options,
    journal,
    manifest,
    files: partitions.files,
    disposal: partitions.upkeep.disposal,
    identity,
    all: () => partitions.all(),
  });
  for (const partition of partitions.all()) {
    const state = known.get(`${partition.topicId}-${partition.index}`);
    if (state !== undefined) checkpointer.restore(partition, state);
    if (replay.touched.has(partition)) checkpointer.took(partition, partition.tail.bytes);
  }
  partitions.attach(journal, checkpointer);
  await checkpointer.writeManifest(recovery.start, false); // N1
  if (journal.isBeyondLimit) await checkpointer.checkpoint(); // N4
  isOpen = true;
  if (wasUnclean)
    events('info', 'Recovered: the last stop was not a clean one.', {
      frames: replay.frames,
      bytes: replay.bytes,
      partitions: replay.touched.size,
      milliseconds: Math.round(env.clock.monotonic() - beganAt),
    });
  return { partitions, isNew: last === undefined, wasUnclean };
}

/** What the journal says of segments on top of the manifest (N5). */
async function nameSegments(
  known: Map<string, LogState>,
  { disk }: Environment,
  { journal }: StorageOptions,
  { journal: start }: ManifestContent,
): Promise<void> {
  for await (const entry of namedSegments(disk, journal.directory, start)) nameSegment(known, entry);
}

async function restoreSnapshots(partitions: Partitions, clock: Clock): Promise<void> {
  let restored = 0;
  for (const partition of partitions.all()) {
    await partition.restoreProducers();
    await partition.ids.restore(partition.log, clock.now());
    if (++restored % IN_A_ROW === 0) await clock.turn();
  }
}

/** Brings the frames behind the checkpoint back to their partitions. */
class Replay {
  readonly touched = new Set<unknown>();
  frames = 0;
  bytes = 0;
  readonly #partitions: Partitions;
  readonly #config: PartitionConfig;
  readonly #tailBytesMax: number;
  #tailBytes = 0;
  readonly #clock: Clock;
  readonly #now: number;

  constructor(partitions: Partitions, config: PartitionConfig, options: StorageOptions, clock: Clock) {
    this.#clock = clock;
    this.#now = clock.now();
    this.#partitions = partitions;
    this.#config = config;
    this.#tailBytesMax = options.tailBytes / 2;
  }

  frame(frame: ReplayedFrame): Promise<void> | undefined {
    this.frames++;
    for (const { entry, bytes } of frame.entries) {
      if (entry.kind === 'segment') continue; // it is named already
      const partition = this.#partitions.host(entry.topicId, entry.partition, this.#config);
      this.touched.add(partition);
      if (entry.kind === 'log-start') {
        partition.replayLogStart(entry.logStartOffset);
        continue;
      }
      if (entry.kind === 'dedupe-ids') {
        partition.ids.replay(bytes!, this.#now);
        continue;
      }
      if (entry.kind === 'producer-state') {
        partition.producers.advance(entry, this.#now);
        continue;
      }
      partition.replay(entry, bytes, frame.sequence, this.#now);
      this.#tailBytes += bytes?.length ?? 0;
      this.bytes += bytes?.length ?? 0;
    }
    return this.#tailBytes > this.#tailBytesMax ? this.#flush(frame.sequence) : undefined;
  }

  /** N3. What a checkpoint has not named yet is cut again at the next start, so nothing needs a sync here. */
  async #flush(sequence: number): Promise<void> {
    this.#tailBytes = 0;
    let written = 0;
    for (const partition of this.#partitions.all()) {
      const batches = partition.tail.hand(sequence);
      if (batches.length === 0) continue;
      const living = batches.filter((batch) => batch.lastOffset >= partition.logStartOffset);
      await partition.log.write(living, this.#now);
      partition.tail.wrote(batches.length);
      partition.tail.release();
      if (++written % IN_A_ROW === 0) await this.#clock.turn();
    }
  }
}

/** Kafka shows cluster ids as 22 characters of base64url. */
function clusterId(uuid: string): string {
  return Buffer.from(uuid, 'hex').toString('base64url');
}
