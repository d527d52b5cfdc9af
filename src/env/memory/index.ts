/** The door of env/memory: a disk that ends with the process. */
export { MemoryDisk } from './memory-disk.ts';
