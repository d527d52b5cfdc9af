/** P10: resident memory that an idle connection takes, with 10,000 of them open. Each has asked once which versions there are, as clients do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { apiVersionsApi } from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { Figure, Sample } from '../figure.ts';
import { residentBytes } from '../machine.ts';
import { ServedSide } from '../served.ts';
import { GREGOR, kafka } from '../server.ts';

const CONNECTIONS = 10_000;
const CONNECTIONS_QUICK = 1000;
const AT_ONCE = 100;
const SETTLE_MS = 3000;

export const p10: Figure = {
  id: 'P10',
  title: 'memory per idle connection, 10,000 connections',
  conditions: [{ name: 'pinned', pinned: true, seconds: 1 }],
  warmUpSeconds: 1,
  measures: [{ name: 'kibibytes', unit: 'KiB/connection', absolute: { atMost: 10 } }],
  open: async (_condition, tools) => ({
    ours: new IdleSide(GREGOR, tools),
    peer: new IdleSide(kafka({ 'max.connections.per.ip': String(2 * CONNECTIONS) }), tools),
  }),
};

class IdleSide extends ServedSide {
  async sample(): Promise<Sample> {
    const { port, pid } = await this.served.server();
    const connections = this.tools.isQuick ? CONNECTIONS_QUICK : CONNECTIONS;
    const clients: WireClient[] = [];
    try {
      await sleep(SETTLE_MS);
      const before = residentBytes(pid!);
      while (clients.length < connections) {
        const opened = await Promise.all(Array.from({ length: AT_ONCE }, () => WireClient.connect(port)));
        clients.push(...opened);
        await Promise.all(opened.map((client) => client.send(apiVersionsApi, 0, {})));
      }
      await sleep(SETTLE_MS);
      return { kibibytes: (residentBytes(pid!) - before) / 1024 / connections };
    } finally {
      for (const client of clients) client.close();
      await this.served.close();
    }
  }
}
