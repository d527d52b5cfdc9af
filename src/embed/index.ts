/**
 * The door of embed, and of the package: a broker inside another program.
 *
 *   import { startBroker } from 'gregor'
 */
export {
  type BrokerOptions,
  EmbeddedBroker,
  type Fault,
  type RunningPipeline,
  type World,
} from './embedded-broker.ts';
export { foreignNames } from './folder-names.ts';
export { DEFAULT_FOLDER, type FolderBrokerOptions, startBroker } from './start-broker.ts';
export type { Content, LogRecord, NewRecord, ReadOptions } from '../server/index.ts';
