/**
 * Site: where in the user's file a step was written. Known by the stack at the time the plan is made, or told by whoever
 * makes it from text (`placed`). For messages only: nothing that runs depends on it.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Site {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Frames of the library itself lie below this folder; its tests are users like others. */
const library = path.join(import.meta.dirname, '..') + path.sep;
const FRAMES = 12;

const stacks = new WeakMap<object, string | Site>();
let told: Site | undefined;

/** What `make` makes was written there. */
export function placed<T>(site: Site, make: () => T): T {
  const before = told;
  told = site;
  try {
    return make();
  } finally {
    told = before;
  }
}

/** Remembers where `node` was made; the stack is read only when somebody asks. */
export function remember(node: object): void {
  if (told !== undefined) {
    stacks.set(node, told);
    return;
  }
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  stacks.set(node, new Error('made here').stack ?? '');
  Error.stackTraceLimit = limit;
}

/** Undefined: nobody can tell. */
export function siteOf(node: object): Site | undefined {
  const known = stacks.get(node);
  return typeof known === 'string' ? userFrame(known) : known;
}

/** The innermost frame of a stack that is no part of the library. */
export function userFrame(stack: string): Site | undefined {
  for (const line of stack.split('\n')) {
    const [, place, lineNumber, column] =
      /^\s+at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\).*?):(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (place === undefined) continue;
    const file = place.startsWith('file:') ? fileURLToPath(place.replace(/\?.*$/, '')) : place;
    if (file.startsWith(library) && !file.endsWith('.test.ts')) continue;
    return { file, line: Number(lineNumber), column: Number(column) };
  }
  return undefined;
}
