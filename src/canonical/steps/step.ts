/**
 * Step: one small lens on a document. `get` makes it more canonical and answers what it had no room for; `put` is its inverse.
 *
 *   get(raw) = (canonical, rest)      put(canonical, rest) = raw
 *
 * Both change the document in place. A document that a step cannot take is refused (`Refused`), never mangled. After an edit of
 * the canonical document the rest may no longer fit: then `put` goes by the canonical document alone.
 */
import type { Json, JsonObject } from '../json.ts';

/**
 * iso: every raw has one canonical, every canonical one raw. injection: nothing is lost on the way, but not every canonical value comes from a raw one.
 * lens: what is lost on the way is kept beside. lossy: it is gone.
 */
export const CLASSES = ['iso', 'injection', 'lens', 'lossy'] as const;
export type LensClass = (typeof CLASSES)[number];

export interface Step {
  /** `cast total`: for messages. */
  readonly title: string;
  readonly class: LensClass;
  /** Written in a program and not in the definition: it cannot be published. */
  readonly isByHand?: boolean;
  get(document: JsonObject): Json | undefined;
  put(document: JsonObject, rest: Json | undefined): void;
  /** Another raw document of the same meaning, for property tests. `choose(n)` is one of 0 ... n - 1. */
  vary?(document: JsonObject, choose: (count: number) => number): void;
}

/** The weaker of two promises. */
export function weaker(left: LensClass, right: LensClass): LensClass {
  return CLASSES.indexOf(left) >= CLASSES.indexOf(right) ? left : right;
}
