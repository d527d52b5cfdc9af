/** P8: resident memory of a server: idle after its second start, and the most under the load of P1. Kafka's heap is 1 GiB, as in all figures. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure, Sample } from '../figure.ts';
import { generate } from '../load/generate.ts';
import { JOURNAL_TWICE_MEBIBYTES, LARGE } from '../loads.ts';
import { residentBytes } from '../machine.ts';
import { ServedSide } from '../served.ts';
import { GREGOR, kafka } from '../server.ts';
import { createTopic } from '../topic.ts';

/** After the start, so that what the start needed once can go. */
const IDLE_SECONDS = 5;

export const p8: Figure = {
  id: 'P8',
  title: 'resident memory: idle after the second start, and the most under P1',
  conditions: [{ name: 'pinned', pinned: true, seconds: 10 }],
  warmUpSeconds: 2,
  measures: [
    { name: 'idleMegabytes', unit: 'MB idle', goal: { atMost: 1 / 5 }, absolute: { atMost: 90 } },
    { name: 'loadedMegabytes', unit: 'MB under P1', goal: { atMost: 1 / 5 } },
  ],
  open: async (_condition, tools) => ({
    ours: new MemorySide(GREGOR, tools),
    peer: new MemorySide(kafka(), tools),
  }),
};

class MemorySide extends ServedSide {
  async sample(seconds: number): Promise<Sample> {
    const server = await this.served.server();
    try {
      await server.stop();
      await server.start();
      await sleep(IDLE_SECONDS * 1000);
      const idleMegabytes = residentBytes(server.pid!) / 1e6;
      const topic = this.served.nextTopic();
      await createTopic(server.port, topic, LARGE.partitions);
      await generate(LARGE, {
        topic,
        port: server.port,
        pid: server.pid!,
        seconds,
        warmUpSeconds: 0,
        warmUpMebibytes: this.tools.isQuick ? 0 : JOURNAL_TWICE_MEBIBYTES,
        launcher: this.tools.load,
      });
      return { idleMegabytes, loadedMegabytes: residentBytes(server.pid!, 'most') / 1e6 };
    } finally {
      await this.served.close();
    }
  }
}
