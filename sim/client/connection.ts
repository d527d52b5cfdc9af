/**
 * Connection: Kafka's wire on a simulated socket: requests may be pipelined, an answer that does not come in time ends it.
 *
 * As real clients do, a time-out closes the connection: the request may still be under way, and be served later.
 */
import type { Address, Environment, Socket } from '../../src/env/index.ts';
import {
  type Api,
  ByteReader,
  type Input,
  readResponseHeader,
  requestFrame,
} from '../../src/protocol/index.ts';

/** The connection is gone, or the answer did not come: nobody knows whether the request was served. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected';
}

interface Pending {
  readonly api: Api;
  readonly version: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Disconnected) => void;
  readonly stopTimer: () => void;
}

export class Connection {
  readonly #env: Environment;
  readonly #socket: Socket;
  readonly #clientId: string;
  readonly #pending = new Map<number, Pending>();
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #correlationId = 0;
  #isStrange = false;
  #ended: Disconnected | undefined;

  private constructor(env: Environment, socket: Socket, clientId: string) {
    this.#env = env;
    this.#socket = socket;
    this.#clientId = clientId;
    socket.onData = (bytes) => this.#onData(bytes);
    socket.onClose = (error) => this.#end(new Disconnected(error?.message ?? 'closed by the broker'));
  }

  static async open(env: Environment, address: Address, clientId: string): Promise<Connection> {
    try {
      return new Connection(env, await env.network.connect(address), clientId);
    } catch (error) {
      throw new Disconnected(String(error));
    }
  }

  /** Unlike that of any other connection. */
  get name(): string {
    return `${this.#socket.local.host}:${this.#socket.local.port}`;
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** Rejects with Disconnected, and then the connection is closed. */
  send<Q, A>(api: Api<Q, A>, version: number, request: Input<NoInfer<Q>>, timeoutMs: number): Promise<A> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const correlationId = this.#correlationId++;
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    const stopTimer = this.#env.clock.after(timeoutMs, () => {
      this.#end(new Disconnected(`${api.name}: no answer within ${timeoutMs} ms`));
      this.#socket.destroy();
    });
    this.#pending.set(correlationId, { api, version, resolve: resolve as never, reject, stopTimer });
    this.#write(api, version, correlationId, request);
    return promise;
  }

  /** A request that has no answer (produce with acks=0). */
  sendOnly<Q>(api: Api<Q>, version: number, request: Input<NoInfer<Q>>): void {
    if (this.#ended === undefined) this.#write(api, version, this.#correlationId++, request);
  }

  /** Bytes that are no request of ours; what is answered to them is nobody's. */
  sendRaw(bytes: Buffer): void {
    this.#isStrange = true;
    this.#socket.write([bytes]);
  }

  #write<Q>(api: Api<Q>, version: number, correlationId: number, request: Input<NoInfer<Q>>): void {
    this.#socket.write(requestFrame(api, { version, correlationId, clientId: this.#clientId }, request));
  }

  /** Reads nothing for a while: the broker must bear a client that does not take its answers. */
  stopReading(ms: number): void {
    this.#socket.pause();
    this.#env.clock.after(ms, () => this.#socket.resume());
  }

  close(): void {
    this.#end(new Disconnected('closed here'));
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#received.push(Buffer.from(bytes));
    this.#receivedBytes += bytes.length;
    while (this.#receivedBytes >= 4) {
      if (this.#received[0]!.length < 4) this.#received = [Buffer.concat(this.#received)];
      const length = this.#received[0]!.readInt32BE(0);
      if (this.#receivedBytes < 4 + length) return;
      const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
      this.#received = [all.subarray(4 + length)];
      this.#receivedBytes -= 4 + length;
      this.#answer(all.subarray(4, 4 + length));
    }
  }

  #answer(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0);
    const pending = this.#pending.get(correlationId);
    if (pending === undefined) {
      if (this.#ended !== undefined || this.#isStrange) return;
      throw new Error(`${this.#clientId}: an answer to request ${correlationId} that waits for none (D2)`);
    }
    const [due] = this.#pending.keys();
    if (due !== correlationId)
      throw new Error(`${this.#clientId}: an answer to request ${correlationId} where ${due} was due (D2)`);
    this.#pending.delete(correlationId);
    pending.stopTimer();
    const reader = new ByteReader(frame);
    readResponseHeader(reader, pending.api, pending.version);
    pending.resolve(pending.api.response.read(reader, pending.version) as never);
  }

  #end(reason: Disconnected): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const { reject, stopTimer } of this.#pending.values()) {
      stopTimer();
      reject(reason);
    }
    this.#pending.clear();
  }
}
