/** OpenShare: who may hold how many of the files and sockets that the system gives this process (`ulimit -n`). */
import type { EventSink } from '../base/index.ts';

export interface OpenShare {
  /** Files of partitions. */
  readonly files: number;
  /** Connections of clients. */
  readonly connections: number;
}

/** Journal files, listeners, the lock, Node's own. */
const OURS = 64;
const FILES_MIN = 16;
const CONNECTIONS_MIN = 16;

/** So few that nothing can be served: the start says so instead of failing at some file later. */
export class TooFewOpenFiles extends Error {
  override readonly name = 'TooFewOpenFiles';
}

/** Of little, files get half until they are so many; of plenty, an eighth. */
const FILES_FEW = 500;

/**
 * What is wished for, if the system gives as much; else files have their share, and connections what is left: one too many is
 * closed at once, where a checkpoint that finds no file to open would have to stop the broker. Throws TooFewOpenFiles.
 */
export function shareOpen(openMax: number, wished: OpenShare, events: EventSink): OpenShare {
  const left = openMax - OURS;
  if (left < FILES_MIN + CONNECTIONS_MIN)
    throw new TooFewOpenFiles(
      `This process may have ${openMax} files and sockets open; at least ${OURS + FILES_MIN + CONNECTIONS_MIN} are needed. ` +
        'Raise the limit (ulimit -n, LimitNOFILE= of systemd) and start again.',
    );
  if (left >= wished.files + wished.connections) return wished;
  const share = Math.max(Math.min(FILES_FEW, left / 2), left / 8);
  const files = Math.min(wished.files, Math.floor(share));
  const connections = Math.min(wished.connections, left - files);
  if (connections < wished.connections && connections < TOLD_BELOW)
    events(
      'warn',
      `At most ${connections} connections are served: this process may have ${openMax} files and sockets open (ulimit -n)`,
    );
  return { files, connections };
}

/** Nobody misses more connections than so many before they are there. */
const TOLD_BELOW = 10_000;
