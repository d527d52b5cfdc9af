/** The scenarios, by name: each runs one seed and throws with the violation. */
import { appendCrashRecover, type Bugs, type Outcome } from './append-crash-recover.ts';

export type { Bugs, Outcome };
export type Scenario = (seed: number, bugs?: Bugs) => Promise<Outcome>;

export const SCENARIOS: Readonly<Record<string, Scenario>> = { 'append-crash-recover': appendCrashRecover };
