/**
 * WireClient: one connection that speaks Kafka's protocol with our own schemas. Requests may be pipelined.
 *
 * For tests that must control every byte: which version, which sequence, when the connection breaks.
 */
import net from 'node:net';
import {
  type Api,
  ByteReader,
  type Input,
  readResponseHeader,
  requestFrame,
} from '../../src/protocol/index.ts';

interface Pending {
  readonly api: Api;
  readonly version: number;
  resolve(value: never): void;
  reject(error: Error): void;
}

export class WireClient {
  readonly #socket: net.Socket;
  readonly #pending = new Map<number, Pending>();
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #correlationId = 0;
  #failure: Error | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('connection closed')));
  }

  static connect(port: number, host = '127.0.0.1'): Promise<WireClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new WireClient(socket));
      });
    });
  }

  /** Sends a request; resolves with its decoded answer, rejects when the connection breaks before. */
  send<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    request: Input<Request>,
  ): Promise<Response> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const correlationId = this.#correlationId++;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#write(api, version, correlationId, request); // throws for what the version cannot say
    this.#pending.set(correlationId, { api, version, resolve: resolve as never, reject });
    return promise;
  }

  /** Sends a request that has no answer (produce with acks=0). */
  sendOnly<Request>(api: Api<Request>, version: number, request: Input<Request>): void {
    this.#write(api, version, this.#correlationId++, request);
  }

  #write<Request>(api: Api<Request>, version: number, correlationId: number, request: Input<Request>): void {
    const header = { version, correlationId, clientId: 'wire-client' };
    for (const part of requestFrame(api, header, request)) this.#socket.write(part);
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
    while (this.#receivedBytes >= 4) {
      if (this.#received[0]!.length < 4) this.#received = [Buffer.concat(this.#received)];
      const length = this.#received[0]!.readInt32BE(0);
      if (this.#receivedBytes < 4 + length) return;
      const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
      this.#answer(all.subarray(4, 4 + length));
      const rest = all.subarray(4 + length);
      this.#received = rest.length === 0 ? [] : [rest];
      this.#receivedBytes = rest.length;
    }
  }

  #answer(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0);
    const pending = this.#pending.get(correlationId);
    if (pending === undefined) {
      this.#fail(new Error(`an answer to request ${correlationId} that nobody sent`));
      return;
    }
    this.#pending.delete(correlationId);
    const reader = new ByteReader(frame);
    readResponseHeader(reader, pending.api, pending.version);
    pending.resolve(pending.api.response.read(reader, pending.version) as never);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
