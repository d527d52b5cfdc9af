/**
 * PatientDisk: a disk on which a write that finds no space, and a file that may not be opened because too many are,
 * waits until there is room, and then is made again.
 *
 * For segments, snapshots and the manifest: what they hold is durable in the journal already, so waiting loses nothing, and
 * produce is refused meanwhile (V2). The journal itself is not written this way: it takes its space before it gives an
 * offset. Once the broker stops nobody waits any more.
 */
import type { EventSink } from '../base/index.ts';
import { type Disk, type Environment, type File, isDiskFull, isOutOfFiles } from '../env/index.ts';

const RETRY_MS = 500;

export function patientDisk({ disk, clock }: Environment, events: EventSink, stopped: AbortSignal): Disk {
  let isTold = false;
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;)
      try {
        return await work();
      } catch (error) {
        if (stopped.aborted || !(isDiskFull(error) || isOutOfFiles(error))) throw error;
        const why = isDiskFull(error) ? 'The disk is full' : 'Too many files are open (ulimit -n)';
        if (!isTold) events('warn', `${why}: what is durable in the journal waits for its segments.`);
        isTold = true;
        await clock.sleep(RETRY_MS, stopped);
      }
  };
  const patientFile = (file: File): File => ({
    get size() {
      return file.size;
    },
    write: (position, parts, options) => patiently(() => file.write(position, parts, options)),
    read: (position, length, pool) => file.read(position, length, pool),
    sync: () => file.sync(),
    truncate: (size) => patiently(() => file.truncate(size)),
    close: () => file.close(),
  });
  return {
    open: async (path, options) => patientFile(await patiently(() => disk.open(path, options))),
    list: (directory) => patiently(() => disk.list(directory)),
    makeDirectory: (path) => patiently(() => disk.makeDirectory(path)),
    rename: (from, to) => patiently(() => disk.rename(from, to)),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    syncAll: () => disk.syncAll(),
    space: () => disk.space(),
    lock: () => disk.lock(),
  };
}
