/** Sequence numbers of idempotent producers: a circle of 2³¹ numbers, after 2³¹ - 1 comes 0. Pure. */
export const SEQUENCES = 2 ** 31;

/** The sequence number `count` steps after `sequence`. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES;
}

/** What must come after `last`; a producer that wrote nothing (-1) begins at 0. */
export function nextSequence(last: number): number {
  return sequenceAfter(last, 1);
}

/** Steps forward from one sequence number to another. */
export function distance(from: number, to: number): number {
  return (to - from + SEQUENCES) % SEQUENCES;
}
