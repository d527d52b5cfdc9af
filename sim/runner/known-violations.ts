/**
 * Seeds that break a promise today, each with what is known of it. A run prints them and does not fail by them alone; whoever mends
 * one takes it out. Anything else that is violated fails the run.
 */
export interface KnownViolation {
  readonly scenario: string;
  readonly seed: number;
  /** The promise, and what is known. */
  readonly why: string;
}

export const KNOWN_VIOLATIONS: readonly KnownViolation[] = [];

export function knownViolation(scenario: string, seed: number): string | undefined {
  return KNOWN_VIOLATIONS.find((known) => known.scenario === scenario && known.seed === seed)?.why;
}
