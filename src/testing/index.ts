/** gregor/testing: a broker inside a test. */
export { type BrokerOptions, type EmbeddedBroker, type Fault } from '../embed/index.ts';
export { startBroker } from './test-broker.ts';
