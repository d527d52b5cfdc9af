/**
 * Runs: a set of whole numbers as runs [from, to] in order: 3 4 5 9 is [[3,5],[9,9]]. What is held for a key, in a form that
 * stays short however much is held behind one hole. Immutable.
 */
export type Run = readonly [from: bigint, to: bigint];
export type Runs = readonly Run[];

export function hasNumber(runs: Runs, number: bigint): boolean {
  return runs.some(([from, to]) => from <= number && number <= to);
}

/** A number that is not there yet. */
export function withNumber(runs: Runs, number: bigint): Runs {
  let at = runs.length;
  while (at > 0 && runs[at - 1]![0] > number) at--;
  const before = runs[at - 1];
  const behind = runs[at];
  const joinsBefore = before !== undefined && before[1] + 1n === number;
  const joinsBehind = behind !== undefined && number + 1n === behind[0];
  const run: Run = [joinsBefore ? before[0] : number, joinsBehind ? behind[1] : number];
  return [...runs.slice(0, joinsBefore ? at - 1 : at), run, ...runs.slice(joinsBehind ? at + 1 : at)];
}

export function countOf(runs: Runs): number {
  return runs.reduce((count, [from, to]) => count + Number(to - from) + 1, 0);
}
