import { diskContract } from '../disk-contract.ts';
import { MemoryDisk } from './memory-disk.ts';

diskContract('memory', (body) => body(new MemoryDisk()));
