/** Served: a server of one kind on a folder of its own, started when it is first asked for, gone with its folder when closed; and the sides that have one. */
import { rm } from 'node:fs/promises';
import type { Sample, Side } from './figure.ts';
import type { Server, ServerKind } from './server.ts';
import type { Tools } from './tools.ts';

export class Served {
  readonly kind: ServerKind;
  readonly #tools: Tools;
  #server: Server | undefined;
  #folder: string | undefined;
  #topics = 0;

  constructor(kind: ServerKind, tools: Tools) {
    this.kind = kind;
    this.#tools = tools;
  }

  async server(): Promise<Server> {
    if (this.#server !== undefined) return this.#server;
    this.#folder = await this.#tools.folder('data');
    const server = await this.kind.make(this.#folder, this.#tools);
    await server.start();
    this.#server = server;
    return server;
  }

  /** A name that no run before had. */
  nextTopic(): string {
    return `bench-${this.#topics++}`;
  }

  async close(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What every side has that measures one server. */
export abstract class ServedSide implements Side {
  readonly name: string;
  protected readonly tools: Tools;
  protected readonly served: Served;

  constructor(kind: ServerKind, tools: Tools) {
    this.name = kind.name;
    this.tools = tools;
    this.served = new Served(kind, tools);
  }

  abstract sample(seconds: number): Promise<Sample>;

  close(): Promise<void> {
    return this.served.close();
  }
}
