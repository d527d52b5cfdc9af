/** The door of checks: what a topic may ask of its records, and the threads that look. */
export { Checks, type TopicCheck } from './checks.ts';
export type { CheckDefinition } from './record-check.ts';
