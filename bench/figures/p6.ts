/**
 * P6: reading old data as fast as it comes: 4 GB that were produced once, read from the start by four connections. Warm: the page cache
 * has them, as far as memory goes. Cold: the kernel was told to forget (needs root), so the disk counts.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Figure, Sample } from '../figure.ts';
import { fill } from '../fill.ts';
import { read } from '../load/fetch.ts';
import { LARGE } from '../loads.ts';
import { busySeconds } from '../machine.ts';
import { ServedSide } from '../served.ts';
import { GREGOR, kafka, type Server, type ServerKind } from '../server.ts';
import type { Tools } from '../tools.ts';
import { createTopic, recordsIn } from '../topic.ts';

const run = promisify(execFile);
const GIGABYTES = 4;
const GIGABYTES_QUICK = 0.5;
const CONNECTIONS = 4;
const COLD = 'cold';

export const p6: Figure = {
  id: 'P6',
  title: 'catch-up read of 4 GB of old data',
  conditions: [
    { name: 'warm', pinned: true, seconds: 1 },
    { name: COLD, pinned: true, seconds: 1 },
  ],
  warmUpSeconds: 1,
  measures: [
    { name: 'megabytesPerSecond', unit: 'MB/s', goal: { atLeast: 1 } },
    { name: 'serverSecondsPerGigabyte', unit: 'cpu s/GB' },
  ],
  open: async ({ name }, tools) => ({
    ours: new CatchUpSide(GREGOR, name === COLD, tools),
    peer: new CatchUpSide(kafka(), name === COLD, tools),
  }),
};

class CatchUpSide extends ServedSide {
  readonly #isCold: boolean;
  #held: Promise<{ readonly topic: string; readonly records: number }> | undefined;

  constructor(kind: ServerKind, isCold: boolean, tools: Tools) {
    super(kind, tools);
    this.#isCold = isCold;
  }

  async sample(): Promise<Sample> {
    const server = await this.served.server();
    const { topic, records } = await (this.#held ??= this.#fill(server));
    await run('sync');
    if (this.#isCold) writeFileSync('/proc/sys/vm/drop_caches', '3');
    const busyBefore = busySeconds();
    const seen = await read(
      { partitions: LARGE.partitions, connections: CONNECTIONS },
      { topic, port: server.port, pid: server.pid!, records, launcher: this.tools.load },
    );
    return {
      megabytesPerSecond: seen.bytes / seen.seconds / 1e6,
      serverSecondsPerGigabyte: seen.serverSeconds / (seen.bytes / 1e9),
      records: seen.allRecords,
      serverCores: seen.serverSeconds / seen.seconds,
      loadCores: 0,
      coresBusy: (busySeconds() - busyBefore) / seen.seconds,
    };
  }

  async #fill(server: Server): Promise<{ topic: string; records: number }> {
    const topic = this.served.nextTopic();
    await createTopic(server.port, topic, LARGE.partitions);
    const { port, pid } = server;
    const gigabytes = this.tools.gigabytes ?? (this.tools.isQuick ? GIGABYTES_QUICK : GIGABYTES);
    await fill(LARGE, { topic, port, pid: pid!, launcher: this.tools.load }, gigabytes * 1e9);
    return { topic, records: await recordsIn(server.port, topic, LARGE.partitions) };
  }
}
