/**
 * YoungGeneration: V8's memory for new objects. Everything that loading modules makes is kept, so V8 takes the program for one that
 * needs a large one, and doubles it twice: 5 MB that an idle broker would hold as long as it lives. While modules are loaded it stays
 * as it is; it grows when there is something to serve, or to recover.
 *
 * V8 reads the factor each time, and a factor of 1 is no growth: so in 13.6, where it was seen. Later ones allow none below 2.
 */
import { setFlagsFromString } from 'node:v8';

/** As V8 comes. */
const GROWTH_FACTOR = 2;

/** Settles as `load` does. */
export async function withoutGrowth<T>(load: () => Promise<T>): Promise<T> {
  if (!process.versions.v8.startsWith('13.6.')) return load();
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    return await load();
  } finally {
    setFlagsFromString(`--semi-space-growth-factor=${GROWTH_FACTOR}`);
  }
}
