/** TaskStore: where a running task keeps its state, with what a pure StateStore cannot have: writing that ends later. */
import { MemoryStore, type StateStore } from '../../streams/index.ts';

export interface TaskStore extends StateStore {
  /** All that was applied lies where it belongs. Rejects when it does not: the store must be closed, and is only behind. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export function memoryStore(): TaskStore {
  const nothing = { settled: () => Promise.resolve(), close: () => Promise.resolve() };
  return Object.assign(new MemoryStore(), nothing);
}
