/**
 * PatientDisk: a disk on which a write that finds no space, and a file that may not be opened because too many are,
 * waits until there is room, and then is made again.
 *
 * For segments, snapshots and the manifest: what they hold is durable in the journal already, or goes there when its frame hears
 * that somebody waits (`onWait`). So waiting loses nothing, and produce is refused meanwhile (V2). The journal itself is not written
 * this way: it takes its space before it gives an offset. Once the broker stops nobody waits any more, and once the folder was let
 * go of nothing is changed: a checkpoint that still ran would put its manifest in the place of the next broker's.
 */
import { deferred, type EventSink } from '../base/index.ts';
import { type Disk, type Environment, type File, isDiskFull, isOutOfFiles } from '../env/index.ts';

const DISK_FULL =
  'The disk is full: free some space or enlarge the volume, but remove no file of this folder.';
const OUT_OF_FILES = 'Too many files are open: raise the limit of this process (ulimit -n).';
const RETRY_MS = 500;
/** How often it is said that somebody waits. */
const TELL_EVERY_MS = 60_000;

export interface Waiting {
  readonly events: EventSink;
  /** Nothing is waited for from then on. */
  readonly stopped: AbortSignal;
  /** What waits, as the operator sees it. */
  readonly what: () => string;
  /** Told of every wait. */
  readonly onWait?: () => void;
}

export interface PatientDisk extends Disk {
  /** Nothing is changed any more, whoever tries: another may have the folder. Resolves when what was under way has ended. */
  letGo(): Promise<void>;
}

export function patientDisk(
  { disk, clock }: Environment,
  { events, stopped, what, onWait }: Waiting,
): PatientDisk {
  let waiting = 0;
  let underWay = 0;
  let isGone = false;
  const gone = deferred<void>();
  let toldAt = Number.NEGATIVE_INFINITY;
  let isTold = false;
  const tell = (error: unknown) => {
    const now = clock.monotonic();
    if (now - toldAt < TELL_EVERY_MS) return;
    toldAt = now;
    isTold = true;
    events(
      'warn',
      `${isDiskFull(error) ? DISK_FULL : OUT_OF_FILES} Until then ${what()}. It goes on by itself.`,
    );
  };
  const goesOn = () => {
    if (isTold && !stopped.aborted) events('info', 'There is room again: what waited for it goes on.');
    isTold = false;
  };
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    let waits = 0;
    try {
      for (;;)
        try {
          return await work();
        } catch (error) {
          if (stopped.aborted || !(isDiskFull(error) || isOutOfFiles(error))) throw error;
          if (waits++ === 0) waiting++;
          tell(error);
          onWait?.();
          await clock.sleep(RETRY_MS, stopped);
        }
    } finally {
      if (waits > 0 && --waiting === 0) goesOn();
    }
  };
  const changing = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isGone) throw new Error('the folder was let go of');
    underWay++;
    try {
      return await work();
    } finally {
      if (--underWay === 0 && isGone) gone.resolve();
    }
  };
  const change = <T>(work: () => Promise<T>) => patiently(() => changing(work));
  const patientFile = (file: File): File => ({
    get size() {
      return file.size;
    },
    write: (position, parts, options) => change(() => file.write(position, parts, options)),
    read: (position, length, pool) => file.read(position, length, pool),
    sync: () => file.sync(),
    truncate: (size) => change(() => file.truncate(size)),
    close: () => file.close(),
  });
  return {
    open: async (path, options) => {
      const opened = () => disk.open(path, options);
      return patientFile(await (options?.create === true ? change(opened) : patiently(opened)));
    },
    list: (directory, options) => patiently(() => disk.list(directory, options)),
    makeDirectory: (path) => change(() => disk.makeDirectory(path)),
    rename: (from, to) => change(() => disk.rename(from, to)),
    remove: (path, options) => changing(() => disk.remove(path, options)),
    syncDirectory: (path) => disk.syncDirectory(path),
    syncAll: () => disk.syncAll(),
    space: () => disk.space(),
    lock: () => disk.lock(),
    letGo: () => {
      isGone = true;
      if (underWay === 0) gone.resolve();
      return gone.promise;
    },
  };
}
