/** The door of inspect: a data folder looked at from outside, while no broker has it. */
export { dump, type DumpLine, dumpOf, type DumpOptions } from './dump.ts';
export type { Finding, FindingKind } from './finding.ts';
export { carryOut, NotRepairable, planRepair, type RepairPlan } from './repair.ts';
export { type Verified, verify, type VerifySummary } from './verify.ts';
