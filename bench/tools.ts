/** Tools: what every figure needs to start servers and load, for one condition. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Condition } from './figure.ts';

export class Tools {
  /** Data lies here: on the disk whose speed is measured (`--folder`, else the system's temporary folder). */
  readonly root: string;
  readonly #folders: string[] = [];
  /** Prefixes of commands. */
  readonly server: readonly string[];
  readonly load: readonly string[];
  /** Short runs to look at something: warm-ups are cut too. */
  readonly isQuick: boolean;
  /** `--gigabytes`: of the data that figures of recovery and of old data work on. */
  readonly gigabytes: number | undefined;

  constructor(condition: Condition, isQuick: boolean, root: string = os.tmpdir(), gigabytes?: number) {
    this.root = root;
    this.gigabytes = gigabytes;
    this.isQuick = isQuick;
    this.server = condition.pinned ? ['taskset', '-c', '0'] : [];
    this.load = condition.pinned ? ['taskset', '-c', '1'] : [];
  }

  async folder(name: string): Promise<string> {
    const made = await mkdtemp(path.join(this.root, `gregor-bench-${name}-`));
    this.#folders.push(made);
    return made;
  }

  async removeFolders(): Promise<void> {
    for (const folder of this.#folders.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}
