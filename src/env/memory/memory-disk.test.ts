import { cpuContract } from '../cpu-contract.ts';
import { diskContract } from '../disk-contract.ts';
import { memoryEnvironment } from './index.ts';
import { MemoryDisk } from './memory-disk.ts';

diskContract('memory', (body) => body(new MemoryDisk()));
cpuContract('memory', (body) => body(memoryEnvironment().cpu));
