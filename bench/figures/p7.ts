/**
 * P7: from the start of the process to the first acknowledged record, on a folder that holds a topic already.
 *
 * Counted from the spawn of the process itself (no npm, no shell). It is the second start: data folder, page cache and Node's
 * compile cache are warm, as they are after any restart. The client knocks every millisecond and is answered when it is.
 */
import { encodeBatch, produceApi } from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { Figure, Sample, Side } from '../figure.ts';
import { GREGOR, kafka, type Server, type ServerKind } from '../server.ts';
import type { Tools } from '../tools.ts';
import { createTopic, recordsIn } from '../topic.ts';

const TOPIC = 'first';
const KNOCK_MS = 1;
const GIVE_UP_MS = 60_000;

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
    await firstAcknowledged(server.port);
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

/** Tries until one record is acknowledged: nobody listens yet, or the broker does not know its topics yet. */
async function firstAcknowledged(port: number): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (performance.now() < deadline) {
    const client = await WireClient.connect(port).catch(() => undefined);
    if (client !== undefined && (await produceOne(client))) return;
    await new Promise((resolve) => setTimeout(resolve, KNOCK_MS));
  }
  throw new Error(`no record was acknowledged within ${GIVE_UP_MS} ms`);
}

async function produceOne(client: WireClient): Promise<boolean> {
  const records = encodeBatch({
    records: [{ key: null, value: Buffer.from('first'), headers: [], timestamp: Date.now() }],
  });
  try {
    const answer = await client.send(produceApi, 9, {
      acks: -1,
      timeoutMs: GIVE_UP_MS,
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
    });
    return answer.responses[0]!.partitionResponses[0]!.errorCode === 0;
  } catch {
    return false; // closed before it served
  } finally {
    client.close();
  }
}
