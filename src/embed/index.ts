/**
 * The door of embed, and of the package: a broker inside another program, or a pipeline beside one.
 *
 *   import { startBroker, startPipeline } from 'gregor'
 */
export {
  type BrokerOptions,
  EmbeddedBroker,
  type Fault,
  type World,
} from './embedded-broker.ts';
export type { RunningPipeline, RunPipelineOptions } from './running-pipeline.ts';
export { startPipeline, type StartPipelineOptions } from './start-pipeline.ts';
export { nodePrograms } from '../env/node/index.ts';
export { type FolderBrokerOptions, startBroker } from './start-broker.ts';
export { DEFAULT_FOLDER, foreignNames } from '../config/index.ts';
export type { Content, LogRecord, NewRecord, ReadOptions } from '../server/index.ts';
