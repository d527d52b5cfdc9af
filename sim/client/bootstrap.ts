/** Where clients find the broker, and how they keep asking for it. */
import type { Environment } from '../../src/env/index.ts';
import { Connection, Disconnected } from './connection.ts';

export const BROKER = { host: 'broker', port: 9092 } as const;
const RETRY_MS = 30;

/** How patient a client is; liveness needs patience, faults need haste. */
export interface Patience {
  requestTimeoutMs: number;
}

/** A client's connection: opened when needed, and again after it broke. */
export class Link {
  readonly env: Environment;
  readonly patience: Patience;
  readonly #clientId: string;
  #connection: Connection | undefined;

  constructor(env: Environment, clientId: string, patience: Patience) {
    this.env = env;
    this.patience = patience;
    this.#clientId = clientId;
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** The open connection, after as many tries as it takes. */
  async connection(): Promise<Connection> {
    while (this.#connection?.isOpen !== true)
      try {
        this.#connection = await Connection.open(this.env, BROKER, this.#clientId);
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        await this.pause();
      }
    return this.#connection;
  }

  /** Asks until an answer comes, over as many connections as it takes. */
  async ask<A>(question: (connection: Connection, timeoutMs: number) => Promise<A>): Promise<A> {
    for (;;)
      try {
        return await question(await this.connection(), this.patience.requestTimeoutMs);
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        await this.pause();
      }
  }

  drop(): void {
    this.#connection?.close();
  }

  pause(): Promise<void> {
    return this.env.clock.sleep(RETRY_MS);
  }
}
