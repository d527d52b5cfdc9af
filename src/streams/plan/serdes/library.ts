/** Libraries of formats are loaded when a plan uses the format: they cost a tenth of a second, and most plans need none. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function library<L>(name: string): L {
  return require(name) as L;
}
