/** The door of pipelines: runs the plans of `streams` against a log. */
export { KafkaLogClient, type KafkaOptions } from './kafka/kafka-log-client.ts';
export type {
  Fetched,
  LogClient,
  Membership,
  NewTopic,
  Position,
  Transaction,
  Writer,
} from './log-client.ts';
export { HostedPipeline, type HostOptions } from './hosted.ts';
export { localLogClient } from './local-log.ts';
export { type Range, Rehearsal, rehearsed, type RehearsalOptions } from './rehearsal.ts';
export { type GetOptions, PipelineRows, RowUnavailable } from './rows.ts';
export { type Progress, type RunOptions, runPipeline } from './run.ts';
