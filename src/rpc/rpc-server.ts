/**
 * RpcServer: listeners and their connections. Keeps the limits that are not one connection's own.
 *
 * Answers that become ready in one turn leave in one write per connection; idle connections are closed
 * (`connections.max.idle.ms`); beyond `max.connections` and `max.connections.per.ip` a new one is closed at once.
 */
import type { EventSink } from '../base/index.ts';
import type { Address, Environment, Listener, Socket } from '../env/index.ts';
import type { AnswerSoon } from './answer.ts';
import { Arrivals } from './arrivals.ts';
import { ByteBudget } from './byte-budget.ts';
import { PeerLines } from './peer-lines.ts';
import { type ConnectionLimits, ServerConnection, type SharedRoom } from './server-connection.ts';
import type { RequestKind } from './slot.ts';

export interface RpcLimits extends ConnectionLimits {
  /** `max.connections` */
  readonly connectionsMax: number;
  /** `max.connections.per.ip` */
  readonly connectionsPerHostMax: number;
  /** `connections.max.idle.ms` */
  readonly idleMs: number;
  /** `queued.max.request.bytes` */
  readonly requestBytesMax: number;
  /** `gregor.response.bytes` */
  readonly responseBytesMax: number;
}

export interface RpcServerParts {
  readonly env: Environment;
  readonly events: EventSink;
  readonly limits: RpcLimits;
  readonly gate: (frame: Buffer) => Promise<void> | undefined;
  readonly handle: (frame: Buffer, connection: ServerConnection) => AnswerSoon;
  readonly kindOf: (frame: Buffer) => RequestKind;
  /** Told of whom was not served, and why. */
  readonly refused: (host: string, reason: string) => void;
}

const IDLE_LOOK_MS = 10_000;
const STOP_LOOK_MS = 5;
/** How often it is looked who must make room, while somebody waits for some. */
const CROWD_LOOK_MS = 1_000;

export class RpcServer {
  readonly #parts: RpcServerParts;
  readonly #shared: SharedRoom;
  readonly #lines: PeerLines;
  readonly #connections = new Set<ServerConnection>();
  /** How many each address has. */
  readonly #connectionsOf = new Map<string, number>();
  readonly #listeners: Listener[] = [];
  readonly #stopped = new AbortController();
  #toFlush = new Set<ServerConnection>();
  #nextId = 1;
  #looksAtCrowd = false;

  constructor(parts: RpcServerParts) {
    this.#parts = parts;
    this.#lines = new PeerLines(parts.events, parts.env.clock);
    const { requestBytesMax, responseBytesMax } = parts.limits;
    const onCrowd = () => this.#onCrowd();
    this.#shared = {
      requests: new ByteBudget(requestBytesMax, onCrowd),
      answers: new ByteBudget(responseBytesMax, onCrowd),
      arrivals: new Arrivals(requestBytesMax, onCrowd),
    };
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Answers the address that is really listened on (port 0: a free one). */
  async listen(name: string, address: Address): Promise<Address> {
    const listener = await this.#parts.env.network.listen(address, (socket) => this.#accept(name, socket));
    this.#listeners.push(listener);
    return listener.address;
  }

  #accept(listener: string, socket: Socket): void {
    const { env, limits, gate, handle, kindOf, refused } = this.#parts;
    if (this.#stopped.signal.aborted) {
      socket.destroy();
      return;
    }
    if (this.#connections.size >= limits.connectionsMax) {
      this.#refuse(socket, `${limits.connectionsMax} connections are open (max.connections)`);
      return;
    }
    const { host } = socket.remote;
    const ofHost = this.#connectionsOf.get(host) ?? 0;
    if (ofHost >= limits.connectionsPerHostMax) {
      this.#refuse(socket, `it has ${ofHost} connections open (max.connections.per.ip)`);
      return;
    }
    this.#connectionsOf.set(host, ofHost + 1);
    const connection = new ServerConnection({
      id: this.#nextId++,
      listener,
      socket,
      limits,
      shared: this.#shared,
      clock: env.clock,
      buffers: env.buffers,
      events: this.#lines.sink,
      gate,
      handle,
      kindOf,
      flushSoon: (from) => this.#flushSoon(from),
      onClose: (from) => {
        this.#connections.delete(from);
        const left = this.#connectionsOf.get(host)! - 1;
        if (left === 0) this.#connectionsOf.delete(host);
        else this.#connectionsOf.set(host, left);
      },
      refused,
      fatal: (error) => env.fatal(error),
    });
    connection.usedAt = env.clock.monotonic();
    this.#connections.add(connection);
  }

  #refuse(socket: Socket, reason: string): void {
    const { host } = socket.remote;
    this.#lines.sink('warn', `refused ${host}: ${reason}`);
    this.#parts.refused(host, reason);
    socket.destroy();
  }

  #flushSoon(connection: ServerConnection): void {
    const isFirst = this.#toFlush.size === 0;
    this.#toFlush.add(connection);
    if (isFirst) void this.#parts.env.clock.turn().then(() => this.#flush());
  }

  #flush(): void {
    const ready = this.#toFlush;
    this.#toFlush = new Set();
    for (const connection of ready) connection.flush();
  }

  /** Somebody waits for room: who holds some and does not get on must make it. */
  #onCrowd(): void {
    if (this.#looksAtCrowd) return;
    this.#looksAtCrowd = true;
    this.#parts.env.clock.after(CROWD_LOOK_MS, () => {
      this.#looksAtCrowd = false;
      for (const connection of this.#connections) connection.relieve();
      const { requests, answers, arrivals } = this.#shared;
      if (requests.isCrowded || answers.isCrowded || arrivals.isCrowded) this.#onCrowd();
    });
  }

  /** Closes connections that nobody uses. Runs until `close`. */
  async tend(): Promise<void> {
    const { clock } = this.#parts.env;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await clock.sleep(IDLE_LOOK_MS, signal);
      const before = clock.monotonic() - this.#parts.limits.idleMs;
      for (const connection of this.#connections) if (connection.isUnusedSince(before)) connection.destroy();
    }
  }

  /**
   * Stops listening and begins no further request; waits up to `graceMs` for the answers to those that change something. The
   * connections stay open, silent, until `destroy`: clients try again from then on, and wait longer after every try that fails.
   */
  async drain(graceMs: number): Promise<void> {
    this.#stopped.abort();
    for (const connection of this.#connections) connection.takeNoMore();
    await this.#stopListening();
    const { clock } = this.#parts.env;
    const deadline = clock.monotonic() + graceMs;
    while (clock.monotonic() < deadline && [...this.#connections].some((connection) => !connection.isSettled))
      await clock.sleep(STOP_LOOK_MS);
    for (const connection of this.#connections) connection.fallSilent();
  }

  /** Closes everything at once. */
  async destroy(): Promise<void> {
    this.#stopped.abort();
    for (const connection of this.#connections) connection.destroy();
    this.#lines.tellRest();
    await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
  }
}
