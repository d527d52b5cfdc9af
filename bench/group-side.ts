/** GroupSide: one server under a crowd of group members (groups/crowd.ts), a program of its own; a sample is a new crowd. */
import path from 'node:path';
import type { Sample } from './figure.ts';
import type { CrowdPlan, CrowdSeen } from './groups/crowd.ts';
import { runLoad } from './load/run-load.ts';
import { ServedSide } from './served.ts';
import type { ServerKind } from './server.ts';
import type { Tools } from './tools.ts';

const PROGRAM = path.join(import.meta.dirname, 'groups/crowd.ts');
const WITHIN_MS = 600_000;

/** An empty classic group waits for nobody. */
export const CROWD_SETTINGS = { 'group.initial.rebalance.delay.ms': '0' };

export type CrowdShape = Pick<CrowdPlan, 'kind' | 'groups' | 'members'>;

export class GroupSide extends ServedSide {
  readonly #shape: CrowdShape;

  constructor(kind: ServerKind, shape: CrowdShape, tools: Tools) {
    super(kind, tools);
    this.#shape = shape;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port, pid } = await this.served.server();
    const seen = await runLoad<CrowdSeen>({
      launcher: this.tools.load,
      program: [process.execPath, PROGRAM],
      options: { port, pid, ...this.#shape, seconds },
      timeoutMs: WITHIN_MS,
    });
    return {
      formedSeconds: seen.formedSeconds,
      formedProcessorSeconds: seen.formedProcessorSeconds,
      requests: seen.requests,
      heartbeatsPerSecond: seen.heartbeats / seen.heartbeatSeconds,
      microsecondsPerHeartbeat: (seen.heartbeatProcessorSeconds * 1e6) / Math.max(1, seen.heartbeats),
    };
  }
}
