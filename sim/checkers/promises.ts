/**
 * The numbered promises (docs/guarantees.md) as far as the broker makes them today. A test fails when one of them has no
 * checker. Promises that are not made yet, or that nobody could check from here, say why.
 */
export const PROMISES = [
  'D1',
  'D2',
  'D3',
  'D4',
  'D5',
  'D6',
  'O1',
  'O2',
  'O3',
  'O4',
  'O5',
  'O6',
  'O7',
  'I1',
  'I2',
  'I3',
  'I5',
  'T1',
  'T2',
  'T4',
  'T5',
  'T6',
  'T7',
  'T8',
  'R1',
  'R2',
  'C1',
  'C2',
  'C4',
  'C5',
  'C6',
  'K1',
  'K2',
  'K3',
  'K4',
  'K5',
  'K6',
  'V1',
  'V2',
  'V3',
  'V4',
] as const;

export type PromiseId = (typeof PROMISES)[number];

export const NOT_CHECKED_HERE: Readonly<Record<string, string>> = {
  T3: 'says what is not promised',
  C3: 'says what is not promised',
};
