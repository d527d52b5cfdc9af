/**
 * RpcServer: listeners and their connections. Keeps the limits that are not one connection's own.
 *
 * Answers that become ready in one turn leave in one write per connection; idle connections are closed
 * (`connections.max.idle.ms`); beyond `max.connections` and `max.connections.per.ip` a new one is closed at once.
 */
import type { EventSink } from '../base/index.ts';
import type { Address, Environment, Listener, Socket } from '../env/index.ts';
import { RequestBudget } from './request-budget.ts';
import { type Answer, type ConnectionLimits, ServerConnection } from './server-connection.ts';

export interface RpcLimits extends ConnectionLimits {
  /** `max.connections` */
  readonly connectionsMax: number;
  /** `max.connections.per.ip` */
  readonly connectionsPerHostMax: number;
  /** `connections.max.idle.ms` */
  readonly idleMs: number;
  /** `queued.max.request.bytes` */
  readonly requestBytesMax: number;
}

export interface RpcServerParts {
  readonly env: Environment;
  readonly events: EventSink;
  readonly limits: RpcLimits;
  readonly gate: (frame: Buffer) => Promise<void> | undefined;
  readonly handle: (frame: Buffer, connection: ServerConnection) => Answer | Promise<Answer>;
}

const IDLE_LOOK_MS = 10_000;
const STOP_LOOK_MS = 5;

export class RpcServer {
  readonly #parts: RpcServerParts;
  readonly #budget: RequestBudget;
  readonly #connections = new Set<ServerConnection>();
  /** How many each address has. */
  readonly #connectionsOf = new Map<string, number>();
  readonly #listeners: Listener[] = [];
  readonly #stopped = new AbortController();
  #toFlush = new Set<ServerConnection>();
  #nextId = 1;

  constructor(parts: RpcServerParts) {
    this.#parts = parts;
    this.#budget = new RequestBudget(parts.limits.requestBytesMax);
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
    const { env, events, limits, gate, handle } = this.#parts;
    if (this.#stopped.signal.aborted) {
      socket.destroy();
      return;
    }
    if (this.#connections.size >= limits.connectionsMax) {
      events(
        'warn',
        `refused ${socket.remote.host}: ${limits.connectionsMax} connections are open (max.connections)`,
      );
      socket.destroy();
      return;
    }
    const { host } = socket.remote;
    const ofHost = this.#connectionsOf.get(host) ?? 0;
    if (ofHost >= limits.connectionsPerHostMax) {
      events('warn', `refused ${host}: it has ${ofHost} connections open (max.connections.per.ip)`);
      socket.destroy();
      return;
    }
    this.#connectionsOf.set(host, ofHost + 1);
    const connection = new ServerConnection({
      id: this.#nextId++,
      listener,
      socket,
      limits,
      budget: this.#budget,
      events,
      gate,
      handle: (frame, from) => {
        from.usedAt = env.clock.monotonic();
        return handle(frame, from);
      },
      flushSoon: (from) => this.#flushSoon(from),
      onClose: (from) => {
        this.#connections.delete(from);
        const left = this.#connectionsOf.get(host)! - 1;
        if (left === 0) this.#connectionsOf.delete(host);
        else this.#connectionsOf.set(host, left);
      },
      fatal: (error) => env.fatal(error),
    });
    connection.usedAt = env.clock.monotonic();
    this.#connections.add(connection);
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

  /** Closes connections that nobody uses. Runs until `close`. */
  async tend(): Promise<void> {
    const { clock } = this.#parts.env;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await clock.sleep(IDLE_LOOK_MS, signal);
      const before = clock.monotonic() - this.#parts.limits.idleMs;
      for (const connection of this.#connections)
        if (connection.isIdle && connection.usedAt < before) connection.destroy();
    }
  }

  /** Stops listening, lets what is being served finish for up to `graceMs`, then closes. */
  async close(graceMs: number): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    const { clock } = this.#parts.env;
    const deadline = clock.monotonic() + graceMs;
    while (clock.monotonic() < deadline && [...this.#connections].some((connection) => !connection.isIdle))
      await clock.sleep(STOP_LOOK_MS);
    this.destroy();
  }

  /** Closes everything at once. */
  destroy(): void {
    this.#stopped.abort();
    for (const connection of this.#connections) connection.destroy();
  }
}
