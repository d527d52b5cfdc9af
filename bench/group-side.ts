/** GroupSide: one server under a crowd of group members (groups/crowd.ts), a program of its own; a sample is a new crowd. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Sample } from './figure.ts';
import type { CrowdPlan, CrowdSeen } from './groups/crowd.ts';
import { ServedSide } from './served.ts';
import type { ServerKind } from './server.ts';
import type { Tools } from './tools.ts';

const run = promisify(execFile);
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
    const options = { port, pid, ...this.#shape, seconds };
    const [command, ...args] = [
      ...this.tools.load,
      process.execPath,
      PROGRAM,
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ];
    const { stdout } = await run(command!, args, { timeout: WITHIN_MS });
    const seen = JSON.parse(stdout) as CrowdSeen;
    return {
      formedSeconds: seen.formedSeconds,
      formedProcessorSeconds: seen.formedProcessorSeconds,
      requests: seen.requests,
      heartbeatsPerSecond: seen.heartbeats / seen.heartbeatSeconds,
      microsecondsPerHeartbeat: (seen.heartbeatProcessorSeconds * 1e6) / Math.max(1, seen.heartbeats),
    };
  }
}
