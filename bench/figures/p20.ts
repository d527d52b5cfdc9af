/**
 * P20: a planned restart (SIGTERM, then started again at once) under load, as an application with Kafka's Java client sees it: the longest time without an
 * acknowledgement, that without a record for a group, and errors that its code is told. Nothing may be lost.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaHome, LOG_SETTINGS } from '../../test/compat/kafka/home.ts';
import type { Figure, Sample } from '../figure.ts';
import { CROWD_SETTINGS } from '../group-side.ts';
import { ServedSide } from '../served.ts';
import { gregor, kafka, type Server } from '../server.ts';
import { createTopic, recordsIn } from '../topic.ts';

const PARTITIONS = 4;
const PROGRAM = path.join(import.meta.dirname, '../clients/Restart.java');

interface Seen {
  readonly producerGapMs: number;
  readonly groupGapMs: number;
  readonly errors: number;
  readonly acknowledged: number;
  readonly received: number;
}

export const p20: Figure = {
  id: 'P20',
  title: 'planned restart under load, as seen by a producer and a group',
  conditions: [{ name: 'unpinned', pinned: false, seconds: 10 }],
  warmUpSeconds: 5,
  measures: [
    { name: 'producerGapMs', unit: 'ms without an acknowledgement', absolute: { atMost: 750 } },
    { name: 'groupGapMs', unit: 'ms without a record', absolute: { atMost: 750 } },
    { name: 'errors', unit: 'errors', absolute: { atMost: 0 } },
    { name: 'downMs', unit: 'ms from SIGTERM to an open port' },
  ],
  open: async (_condition, tools) => ({
    ours: new RestartSide(gregor(CROWD_SETTINGS), tools),
    peer: new RestartSide(kafka(CROWD_SETTINGS), tools),
  }),
};

class RestartSide extends ServedSide {
  /** Seconds before the restart, and after it. */
  async sample(seconds: number): Promise<Sample> {
    const server = await this.served.server();
    const topic = this.served.nextTopic();
    await createTopic(server.port, topic, PARTITIONS);
    const child = spawn('java', [...javaOf(), PROGRAM, `127.0.0.1:${server.port}`, topic, topic], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2_000)));
    try {
      const lines = createInterface(child.stdout);
      const [ready] = await once(lines, 'line');
      if (ready !== 'ready') throw new Error(`the application says ${ready}`);
      await sleep(seconds * 500);
      const downMs = await restarted(server);
      await sleep(seconds * 1000);
      child.stdin.end();
      const [line] = await once(lines, 'line');
      const seen = JSON.parse(line) as Seen;
      const held = await recordsIn(server.port, topic, PARTITIONS);
      if (held !== seen.acknowledged || seen.received < seen.acknowledged)
        throw new Error(
          `${this.name}: ${seen.acknowledged} acknowledged, ${held} held, ${seen.received} received`,
        );
      return { ...seen, downMs };
    } catch (error) {
      throw new Error(`${String(error)}\n${said}`, { cause: error });
    } finally {
      child.kill('SIGKILL');
    }
  }
}

async function restarted(server: Server): Promise<number> {
  const began = performance.now();
  await server.stop();
  await server.start();
  return performance.now() - began;
}

function javaOf(): readonly string[] {
  const home = kafkaHome();
  if ('missing' in home) throw new Error(home.missing);
  return ['-Xmx256m', '-cp', home.classPath, `-Dlog4j2.configurationFile=${LOG_SETTINGS}`];
}
