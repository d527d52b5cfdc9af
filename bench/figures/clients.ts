/**
 * CLIENTS: the same direction with other people's clients? Each produces so many records of 1,000 bytes with acks=all and reads them back in a group of
 * one, against both in turn. A client is often the slower end, so beside MB/s stands the processor time that the server takes.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Client, CLIENTS } from '../clients/clients.ts';
import type { Figure, Sample } from '../figure.ts';
import { CROWD_SETTINGS } from '../group-side.ts';
import { processorSeconds } from '../machine.ts';
import { ServedSide } from '../served.ts';
import { gregor, kafka, type ServerKind } from '../server.ts';
import type { Tools } from '../tools.ts';
import { createTopic, deleteTopic, recordsIn } from '../topic.ts';

const run = promisify(execFile);
const PARTITIONS = 4;
const BYTES = 1000;
const WITHIN_MS = 600_000;

export const clients: Figure = {
  id: 'CLIENTS',
  title: 'other people’s clients: 1,000 B records, acks=all, then read by a group of one',
  isSeries: true,
  conditions: Object.entries(CLIENTS).map(([name, { missing }]) => ({
    name,
    pinned: true,
    seconds: 15,
    missing,
  })),
  warmUpSeconds: 10,
  measures: [
    { name: 'producedMegabytesPerSecond', unit: 'MB/s produced' },
    { name: 'produceSecondsPerGigabyte', unit: 'cpu s/GB produced' },
    { name: 'readMegabytesPerSecond', unit: 'MB/s read' },
    { name: 'readSecondsPerGigabyte', unit: 'cpu s/GB read' },
  ],
  async open({ name }, tools) {
    const client = CLIENTS[name]!;
    return {
      ours: new ClientSide(gregor(CROWD_SETTINGS), client, tools),
      peer: new ClientSide(kafka(CROWD_SETTINGS), client, tools),
    };
  },
};

class ClientSide extends ServedSide {
  readonly #client: Client;

  constructor(kind: ServerKind, client: Client, tools: Tools) {
    super(kind, tools);
    this.#client = client;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port } = await this.served.server();
    const topic = this.served.nextTopic();
    const records = Math.round(this.#client.perSecond * seconds);
    await createTopic(port, topic, PARTITIONS);
    const produced = await this.#run('produce', topic, records);
    const held = await recordsIn(port, topic, PARTITIONS);
    // A client without idempotence may send a batch twice: more is its own affair, less is a loss.
    if (held < records) throw new Error(`${this.name}: ${records} records acknowledged, ${held} held`);
    const read = await this.#run('consume', topic, records);
    await deleteTopic(port, topic);
    return {
      producedMegabytesPerSecond: produced.megabytesPerSecond,
      produceSecondsPerGigabyte: produced.secondsPerGigabyte,
      readMegabytesPerSecond: read.megabytesPerSecond,
      readSecondsPerGigabyte: read.secondsPerGigabyte,
      records,
      held,
    };
  }

  async #run(what: 'produce' | 'consume', topic: string, records: number) {
    const { port, pid } = await this.served.server();
    const given = { bootstrap: `127.0.0.1:${port}`, topic, records, bytes: BYTES, group: `${topic}-group` };
    const [command, ...args] = [...this.tools.load, ...this.#client.command(what, given)];
    const before = processorSeconds(pid!);
    const { stdout } = await run(command!, args, { timeout: WITHIN_MS });
    const used = processorSeconds(pid!) - before;
    const seen = this.#client.seen(what, stdout);
    if (seen.records < records)
      throw new Error(`${this.name}: ${seen.records} of ${records} records by ${what}`);
    const bytes = records * BYTES;
    return { megabytesPerSecond: bytes / seen.seconds / 1e6, secondsPerGigabyte: used / (bytes / 1e9) };
  }
}
