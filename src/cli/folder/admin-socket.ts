/**
 * AdminSocket: the running broker's side of requests that concern its folder, from the same machine.
 *
 *   > {"request":"pin"}                    one line of JSON
 *   < {"content":{...manifest...}}             a checkpoint was taken; its files stay until the connection ends
 *   > {"request":"status"}
 *   < {"status":{...}}                       how broker and process are; the connection ends
 *   > {"request":"why"}
 *   < {"why":{...}}                          what was refused last; the connection ends
 *   > (an empty line now and then)         still there; after IDLE_MS of silence the broker lets go
 *
 * The pin lives as long as the connection: a client that dies lets go by dying. Why a socket: docs/decisions/0005.
 */
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { EventSink } from '../../base/index.ts';
import type { Server } from '../../server/index.ts';
import { version } from '../version.ts';
import { socketPath } from './socket-path.ts';
import type { ProcessStatus } from './status-text.ts';

/** Backups at the same time. */
const CONNECTIONS_MAX = 4;
const IDLE_MS = 60_000;
const MODE_OWNER_ONLY = 0o600;

type Asked = Pick<Server, 'pin' | 'status' | 'why'>;

export interface AdminSocket {
  close(): void;
}

/** The folder is ours (its lock is held), so a socket that is there is left over from a life that was killed. */
export async function openAdminSocket(
  folder: string,
  broker: Asked,
  events: EventSink,
): Promise<AdminSocket> {
  const place = socketPath(folder);
  if (place.path === undefined) return { close: () => {} };
  rmSync(place.file, { force: true });
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, folder, broker, events);
  });
  server.maxConnections = CONNECTIONS_MAX;
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(place.path, resolve));
    chmodSync(place.file, MODE_OWNER_ONLY);
  } catch (error) {
    events('warn', 'gregor backup cannot reach this broker while it runs', { error: String(error) });
  }
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(place.file, { force: true });
      place.done();
    },
  };
}

function serve(socket: net.Socket, folder: string, broker: Asked, events: EventSink): void {
  let release: (() => Promise<void>) | undefined;
  let isOver = false;
  const letGo = (pinned: (() => Promise<void>) | undefined) =>
    pinned?.().catch((error: unknown) =>
      events('warn', 'Files that waited for the end of a backup stay', { error: String(error) }),
    );
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    isOver = true;
    void letGo(release);
  });
  let isAsked = false;
  const { createInterface } = process.getBuiltinModule('node:readline'); // loaded when somebody asks
  createInterface({ input: socket }).on('line', (line) => {
    if (line === '') return;
    if (!isAsked && line === '{"request":"why"}') {
      isAsked = true;
      socket.end(`${JSON.stringify({ why: broker.why() })}\n`);
      return;
    }
    if (!isAsked && line === '{"request":"status"}') {
      isAsked = true;
      statusOf(folder, broker).then(
        (status) => socket.end(`${JSON.stringify({ status })}\n`),
        (error: unknown) => socket.end(`${JSON.stringify({ error: String(error) })}\n`),
      );
      return;
    }
    if (isAsked || line !== '{"request":"pin"}') {
      socket.end(`${JSON.stringify({ error: 'no such request' })}\n`);
      return;
    }
    isAsked = true;
    broker.pin().then(
      (pinned) => {
        release = pinned.release;
        if (isOver) void letGo(release);
        else socket.write(`${JSON.stringify({ content: pinned.content })}\n`);
      },
      (error: unknown) => socket.end(`${JSON.stringify({ error: String(error) })}\n`),
    );
  });
}

async function statusOf(folder: string, broker: Asked): Promise<ProcessStatus> {
  const { rss, heapUsed, external } = process.memoryUsage();
  const memory = { residentBytes: rss, heapBytes: heapUsed, bufferBytes: external };
  const { pid } = process;
  const uptimeMs = Math.round(process.uptime() * 1000);
  return { version: version(), pid, folder, uptimeMs, memory, ...(await broker.status()) };
}
