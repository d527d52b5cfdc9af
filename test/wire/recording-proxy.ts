/**
 * RecordingProxy: stands between clients and one broker, passes every byte on unchanged, and hands out each frame that went by.
 *
 * The broker must advertise the proxy's address, or clients go around it after their first Metadata answer.
 */
import net from 'node:net';

const SIZE_BYTES = 4;

export interface RecordedFrame {
  readonly direction: 'request' | 'response';
  readonly apiKey: number;
  /** Of the request; the answer has the same. */
  readonly version: number;
  /** Header and body, without the size in front. */
  readonly bytes: Buffer;
}

export class RecordingProxy {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  constructor(upstreamPort: number, onFrame: (frame: RecordedFrame) => void) {
    this.#server = net.createServer((client) => this.#serve(client, upstreamPort, onFrame));
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(client: net.Socket, upstreamPort: number, onFrame: (frame: RecordedFrame) => void): void {
    const broker = net.connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    /** Correlation id → what was asked: an answer does not say it. */
    const asked = new Map<number, { apiKey: number; version: number }>();
    relay(client, broker, (bytes) => {
      const request = { apiKey: bytes.readInt16BE(0), version: bytes.readInt16BE(2) };
      asked.set(bytes.readInt32BE(4), request);
      onFrame({ direction: 'request', ...request, bytes });
    });
    relay(broker, client, (bytes) => {
      const request = asked.get(bytes.readInt32BE(0));
      if (request !== undefined) onFrame({ direction: 'response', ...request, bytes });
    });
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
  }
}

/** What arrives at `from` goes to `to`, and each whole frame in it to `onFrame`, as bytes of its own. */
function relay(from: net.Socket, to: net.Socket, onFrame: (bytes: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  from.on('data', (bytes) => {
    to.write(bytes);
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= SIZE_BYTES && rest.length >= SIZE_BYTES + rest.readInt32BE(0)) {
      const end = SIZE_BYTES + rest.readInt32BE(0);
      onFrame(Buffer.from(rest.subarray(SIZE_BYTES, end)));
      rest = rest.subarray(end);
    }
  });
  from.once('close', () => to.destroy());
  from.once('error', () => to.destroy());
}
