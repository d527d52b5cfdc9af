/** The door of streams: a pipeline as a plan (immutable) and as tasks (pure). Whoever runs them brings the log and the clock. */
export {
  type Case,
  type CaseInput,
  type CaseOutput,
  type DeadLetterCase,
  runCase,
} from './driver/cases.ts';
export { Driver, type DriverOptions, type Written } from './driver/driver.ts';
export type { Face, Facts, Finding, Rule, TopicFacts } from './lint/finding.ts';
export { lint } from './lint/lint.ts';
export type { CanonicaliseOptions } from './operators/canonicalise.ts';
export type { DedupeOptions } from './operators/dedupe-options.ts';
export { NOT_SHARED, type RedisOptions, redisText } from './operators/redis-options.ts';
export { type Due, type Entry, LOST, type RowsQuestion, timeOfRow } from './operators/rows-outside.ts';
export type { Overflow } from './operators/overflow.ts';
export type { CommittedRows, Kept } from './operators/kept.ts';
export type { CacheQuestion } from './operators/shelf.ts';
export type { IdSource } from './operators/id-source.ts';
export type { JoinStreamOptions } from './operators/join-stream-options.ts';
export type { JoinKind, JoinTableOptions } from './operators/join-table-options.ts';
export type { Answer, DeadLetterReason, Outside, Output } from './operators/operator.ts';
export type {
  ByCompleteness,
  ByEventTime,
  BySequence,
  ReorderOptions,
} from './operators/reorder-options.ts';
export type { Aggregator, Windowed, WindowOptions, WindowSpec } from './operators/window-options.ts';
export type { ThrottleOptions } from './operators/throttle.ts';
export type {
  EnrichByFunction,
  EnrichByHttp,
  EnrichOptions,
  HttpLookupSettings,
  Lookup,
  LookupSettings,
} from './operators/enrich-options.ts';
export type { ExecOptions, ProgramSettings } from './operators/exec.ts';
export { LosslessJson } from './lossless-json.ts';
export {
  type InternalTopic,
  type Layout,
  type Stage,
  type StageNode,
  type TableInput,
} from './plan/layout.ts';
export type {
  Guarantee,
  Pipeline,
  PipelineOptions,
  PipelineSettings,
  StateOptions,
} from './plan/pipeline.ts';
export { type Serde, serde } from './plan/serde.ts';
export type { StandardSchema } from './plan/serdes/standard-schema.ts';
export { type PipelineStart, pipeline } from './plan/start.ts';
export { hopBefore, routesTo } from './plan/routes.ts';
export { type Site, placed, siteOf, userFrame } from './plan/site.ts';
export { type Paths, pathsOf, withPaths } from './plan/paths.ts';
export type { EventTimeOptions, KeyOptions, Lossy, Named, Stream } from './plan/stream.ts';
export { type TableOptions, type TableTopic, table } from './plan/table.ts';
export type { Windowing } from './plan/windowing.ts';
export { type Topic, topic } from './plan/topic.ts';
export { CacheLost, PipelineFailed, PlanError } from './plan-error.ts';
export { type Header, headerText, type Source, type StreamRecord, sourceText } from './record.ts';
export { MemoryStore } from './store/memory-store.ts';
export { OrderedMap } from './store/ordered-map.ts';
export { timeOfText, timeText } from './store/time-queue.ts';
export { isDerived, type Row, type StateStore } from './store/state-store.ts';
export { sourceOf } from './task/headers.ts';
export { type LogRecord, taskCount } from './task/entry.ts';
export type { Question } from './task/questions.ts';
export { committedTablePosition, Task, type TaskSettings, type Work } from './task/task.ts';
export type { Duration } from './time/duration.ts';
