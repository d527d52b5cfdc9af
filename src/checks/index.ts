/** The door of checks: what a topic may ask of its records, and the threads that look. */
export { Checks, type TopicCheck } from './checks.ts';
export { jsonSchemaCheck } from './json-schema.ts';
export { type CheckDefinition, DEFINITIONS, SCHEMAS } from './record-check.ts';
