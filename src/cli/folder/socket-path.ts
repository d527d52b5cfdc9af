/**
 * SocketPath: where the broker of a folder takes requests from this machine: `admin.sock` in the folder.
 *
 * Whoever may enter the folder may ask; nobody else can. The kernel takes about 100 bytes of path: for a longer one Linux
 * is given a way through an open descriptor of the folder.
 */
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';

const NAME = 'admin.sock';
/** sun_path is 104 bytes on macOS, 108 on Linux. */
const PATH_BYTES_MAX = 100;

export interface SocketPath {
  /** Undefined: this system has no way to that folder. */
  readonly path: string | undefined;
  /** The file, for its removal. */
  readonly file: string;
  done(): void;
}

export function socketPath(folder: string): SocketPath {
  const file = path.join(folder, NAME);
  if (process.platform === 'win32') return { path: undefined, file, done: () => {} };
  if (Buffer.byteLength(file) <= PATH_BYTES_MAX) return { path: file, file, done: () => {} };
  if (process.platform !== 'linux') return { path: undefined, file, done: () => {} };
  const descriptor = openSync(folder, 'r');
  return { path: `/proc/self/fd/${descriptor}/${NAME}`, file, done: () => closeSync(descriptor) };
}
