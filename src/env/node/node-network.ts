/**
 * NodeNetwork: TCP by node:net, without Nagle's delay.
 *
 * Received bytes are handed on without a copy, and are gone after the call: all sockets read into the same memory.
 * Parts that are written are handed to the kernel as they are: they must not change until they left.
 */
import { createConnection, createServer, type Socket as NetSocket } from 'node:net';
import type { Address, Listener, Network, Socket } from '../network.ts';
import { intoPlace, readInPlace } from './read-in-place.ts';

const BACKLOG = 1024;
const KEEP_ALIVE_MS = 60_000;
/** Answers of one turn, together: below, a copy costs less than a write of its own for each in Node's streams. */
const JOINED_BYTES_MAX = 16 * 1024;

export const nodeNetwork: Network = {
  listen(address, onSocket) {
    const server = createServer({
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      pauseOnConnect: true,
    });
    server.on('connection', (accepted) =>
      onSocket(new NodeSocket((deliver) => readInPlace(accepted, deliver))),
    );
    return new Promise<Listener>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, () => {
        const bound = server.address();
        if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address');
        resolve({
          address: { host: bound.address, port: bound.port },
          // Its callback waits until the last socket is gone; the port is free at once.
          close: async () => void server.close(),
        });
      });
    });
  },

  connect(address) {
    const { host, port } = address;
    return new Promise<Socket>((resolve, reject) => {
      let made: NodeSocket;
      const socket = createConnection({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
        onread: intoPlace((bytes) => made.onData(bytes)),
      });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve((made = new NodeSocket(() => socket)));
      });
    });
  },
};

class NodeSocket implements Socket {
  onData: (bytes: Buffer) => void = () => {};
  onDrain: () => void = () => {};
  onClose: (error: Error | undefined) => void = () => {};
  readonly remote: Address;
  readonly local: Address;
  readonly #socket: NetSocket;
  #error: Error | undefined;

  /** `make` is told who takes what the socket reads. */
  constructor(make: (deliver: (bytes: Buffer) => void) => NetSocket) {
    const socket = make((bytes) => this.onData(bytes));
    this.#socket = socket;
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    socket.on('drain', () => this.onDrain());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.onClose(this.#error));
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return false; // onClose follows, or was
    if (parts.length === 1) return socket.write(parts[0]!);
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    if (bytes <= JOINED_BYTES_MAX) return socket.write(Buffer.concat(parts, bytes));
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
    return !socket.writableNeedDrain;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
