/** The door of broker: a request comes in, an answer goes out. */
export { autoCreate } from './auto-create.ts';
export type { Broker, Endpoint, Identity } from './broker.ts';
export { deadLetters } from './checked-batches.ts';
export { BrokerConfigs } from './configs.ts';
export { Dispatch, type Peer } from './dispatch.ts';
export { Faults } from './faults.ts';
export { FetchSessions } from './fetch-sessions.ts';
export { type RefusalEntry, type RefusalReport, Refusals } from './refusals.ts';
export { ADVERTISED, HANDLERS } from './handlers/index.ts';
