/** The door of env/node: the real world as an Environment. */
import { writeSync } from 'node:fs';
import { BufferPool } from '../buffer-pool.ts';
import type { Disk } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { Cpu } from '../cpu.ts';
import { nodeClock } from './node-clock.ts';
import { NodeCpu } from './node-cpu.ts';
import { NodeDisk } from './node-disk.ts';
import { nodeNetwork } from './node-network.ts';
import { openMax } from './open-max.ts';

export { nodeClock } from './node-clock.ts';
export { NodeCpu } from './node-cpu.ts';
export { NodeDisk, nodeSpaceOf } from './node-disk.ts';
export { nodeHttp } from './node-http.ts';
export { nodeNetwork } from './node-network.ts';
export { nodePrograms } from './node-programs.ts';

export interface NodeEnvironmentOptions {
  /** Instead of printing the error and ending the process with 70. It must not return. */
  readonly fatal?: (error: unknown) => never;
}

/** The disk is the folder; it is not locked yet (`disk.lock()`). */
export function nodeEnvironment(folder: string, options: NodeEnvironmentOptions = {}): Environment {
  return environmentOn(new NodeDisk(folder), new NodeCpu(), options);
}

export function environmentOn(disk: Disk, cpu: Cpu, options: NodeEnvironmentOptions = {}): Environment {
  // Not for secrets: V8 seeds each process from the system's own chance. Four times 52 bits of it.
  const seed = Array.from({ length: 4 }, () => Math.random()).join();
  return {
    clock: nodeClock,
    random: new SeededRandom(seed),
    disk,
    network: nodeNetwork,
    buffers: new BufferPool(),
    openMax: openMax(),
    cpu,
    fatal: options.fatal ?? printAndExit,
  };
}

/** "Internal software error" of sysexits.h: whoever supervises the process can tell it from a plain failure. */
const EXIT_SOFTWARE = 70;

function printAndExit(error: unknown): never {
  const { inspect } = process.getBuiltinModule('node:util'); // an import would load all that it can do
  writeSync(2, `fatal: ${inspect(error)}\n`);
  process.exit(EXIT_SOFTWARE);
}
