/** Scenario: one seed is one run. It throws with the broken promise, or gives what it did. */
export interface Outcome {
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly lives: number;
  readonly acknowledged: number;
  /** What was reached, and how often. */
  readonly coverage: ReadonlyMap<string, number>;
}

export type Scenario = (seed: number) => Promise<Outcome>;
