/** A directed fault as it is typed and printed: `killed after: rename .new#4`. */
import type { DirectedFault } from '../../src/env/sim/index.ts';

export function parseFault(text: string): DirectedFault {
  const match = /^((?:killed before|killed after|EIO|ENOSPC): .+)#([1-9]\d*)$/.exec(text);
  if (match === null)
    throw new Error(`looks like 'killed after: rename .new#4', 'EIO: sync journal#1' …, not like '${text}'`);
  return { place: match[1]!, nth: Number(match[2]) };
}

export function faultText({ place, nth }: DirectedFault): string {
  return `${place}#${nth}`;
}
