/** The door of env/memory: the real world, but with a disk that ends with the process. */
import type { Environment } from '../environment.ts';
import { environmentOn, nodeClock, type NodeEnvironmentOptions } from '../node/index.ts';
import { TurnCpu } from '../turn-cpu.ts';
import { MemoryDisk } from './memory-disk.ts';

export { FullableDisk } from './fullable-disk.ts';
export { MemoryDisk } from './memory-disk.ts';
export { SlowDisk } from './slow-disk.ts';

export function memoryEnvironment(options?: NodeEnvironmentOptions, disk = new MemoryDisk()): Environment {
  return environmentOn(disk, new TurnCpu(nodeClock), options);
}
