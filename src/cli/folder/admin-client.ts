/** AdminClient: a connection to the broker that runs on a folder of this machine. What it may ask: admin-socket.ts. */
import net from 'node:net';
import { createInterface } from 'node:readline';
import { socketPath } from './socket-path.ts';

/** Undefined: nobody listens there. */
export function connectAdmin(folder: string): Promise<net.Socket | undefined> {
  const place = socketPath(folder);
  if (place.path === undefined) return Promise.resolve(undefined);
  const socket = net.connect(place.path);
  return new Promise<net.Socket | undefined>((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  }).finally(() => place.done());
}

/** The answer to one request, which ends the connection; undefined: the broker went away, or has too many of them. */
export function askAdmin(socket: net.Socket, request: string): Promise<string | undefined> {
  return new Promise<string | undefined>((resolve) => {
    createInterface({ input: socket }).once('line', resolve);
    socket.on('error', () => resolve(undefined)).on('close', () => resolve(undefined));
    socket.write(`${JSON.stringify({ request })}\n`);
  }).finally(() => socket.destroy());
}
