/** gregor/testing: a broker inside a test. */
export { type Fault, startBroker, TestBroker, type TestBrokerOptions } from './test-broker.ts';
