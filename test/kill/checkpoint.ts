/** checkpoint: asks the running broker of a folder for one. A pin is a checkpoint; it is let go at once. */
import net from 'node:net';
import path from 'node:path';

const BEFORE_THE_NEXT_MS = 10;

/** Resolves when it is done, or when nobody is there to make one. */
export function checkpoint(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(path.join(folder, 'admin.sock'));
    socket.on('connect', () => socket.write('{"request":"pin"}\n'));
    socket.on('data', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => setTimeout(resolve, BEFORE_THE_NEXT_MS));
  });
}
