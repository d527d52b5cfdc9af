/**
 * P7: from the start of the process to the first acknowledged record, on a folder that holds a topic already.
 *
 * Counted from the spawn of the process itself (no npm, no shell). It is the second start: data folder, page cache and Node's
 * compile cache are warm, as they are after any restart. The client knocks every millisecond and is answered when it is.
 */
import type { Figure, Sample, Side } from '../figure.ts';
import { GREGOR, kafka, type Server, type ServerKind } from '../server.ts';
import { firstAcknowledged } from '../serving.ts';
import type { Tools } from '../tools.ts';
import { createTopic, recordsIn } from '../topic.ts';

const TOPIC = 'first';

export const p7: Figure = {
  id: 'P7',
  title: 'process start to first acknowledged record, second start',
  conditions: [{ name: 'unpinned', pinned: false, seconds: 1 }],
  warmUpSeconds: 1,
  measures: [{ name: 'milliseconds', unit: 'ms', goal: { atMost: 1 / 15 }, absolute: { atMost: 250 } }],
  open: async (_condition, tools) => ({
    ours: new StartSide(GREGOR, tools),
    peer: new StartSide(kafka(), tools),
  }),
};

class StartSide implements Side {
  readonly name: string;
  readonly #kind: ServerKind;
  readonly #tools: Tools;
  #server: Server | undefined;
  #acknowledged = 0;

  constructor(kind: ServerKind, tools: Tools) {
    this.name = kind.name;
    this.#kind = kind;
    this.#tools = tools;
  }

  async sample(): Promise<Sample> {
    const server = this.#server ?? (await this.#firstStart());
    const began = performance.now();
    const ready = server.start();
    await firstAcknowledged(server.port, TOPIC);
    const milliseconds = performance.now() - began;
    this.#acknowledged++;
    await ready;
    const held = await recordsIn(server.port, TOPIC, 1);
    if (held !== this.#acknowledged)
      throw new Error(`${this.name}: ${this.#acknowledged} acknowledged, ${held} held`);
    await server.stop();
    return { milliseconds };
  }

  async #firstStart(): Promise<Server> {
    this.#server = await this.#kind.make(await this.#tools.folder('start'), this.#tools);
    await this.#server.start();
    await createTopic(this.#server.port, TOPIC, 1);
    await this.#server.stop();
    return this.#server;
  }

  async close(): Promise<void> {
    await this.#server?.stop();
  }
}
