/** RawClient: a socket on which any bytes can be sent, and on which nothing is read unless the test says so. */
import net from 'node:net';
import { type Api, type Input, requestFrame } from '../../src/protocol/index.ts';

export class RawClient {
  readonly #socket: net.Socket;
  isClosed = false;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static connect(port: number, { reads = false } = {}): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        if (reads) socket.resume();
        else socket.pause();
        resolve(new RawClient(socket));
      });
    });
  }

  /** Resolves when the kernel took it, the connection is gone, or `withinMs` are over: a peer may stop reading. */
  write(bytes: Uint8Array, withinMs = 5_000): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#socket.write(bytes, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  request<Request>(api: Api<Request>, version: number, request: Input<Request>): Promise<void> {
    return this.write(
      Buffer.concat(requestFrame(api, { version, correlationId: 1, clientId: 'x' }, request)),
    );
  }

  /** Sends the end of its half: it may still read. */
  half(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
