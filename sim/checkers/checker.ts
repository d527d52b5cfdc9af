/** What every file of this folder gives: the promises that it checks, and a checker for one run. */
import type { Checker } from '../history/history.ts';
import type { PromiseId } from './promises.ts';

/** Ends the run: a promise is broken. The message begins with the promise's id. */
export type Violated = (message: string) => never;

export interface CheckerKind {
  readonly promises: readonly PromiseId[];
  make(violated: Violated): Checker;
}
