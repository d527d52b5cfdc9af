/** PlantedBug: a way to break a promise, so that the checkers can show that they would notice. */
import type { PromiseId } from '../checkers/promises.ts';
import type { Patch } from '../patches/patch.ts';

export interface PlantedBug {
  /** What goes wrong, for people. */
  readonly what: string;
  readonly breaks: PromiseId;
  /** The scenario that should find it. */
  readonly scenario: string;
  readonly patches: readonly Patch[];
}
