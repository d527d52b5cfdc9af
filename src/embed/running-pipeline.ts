/** RunningPipeline: a pipeline at work in this process, inside a broker or beside one. */
import type { Programs } from '../env/index.ts';
import type { GetOptions } from '../pipelines/index.ts';

export interface RunPipelineOptions {
  /** Starts the programs of `exec`: `nodePrograms`. Without it a pipeline that has such a step fails, and says so. */
  readonly programs?: Programs | undefined;
}

export interface RunningPipeline extends AsyncDisposable {
  /** Resolves when it was stopped; rejects with what it failed of for good. */
  readonly ended: Promise<void>;
  /**
   * What a step keeps of a key, committed: the open windows of a `window`, the row of a table that is joined. `after`: the position of a
   * write of yours, which is waited for. Throws PlanError, or RowUnavailable when the time is over.
   */
  get(step: string, key: unknown, options?: GetOptions): Promise<unknown>;
  /** What was processed is committed first. */
  stop(): Promise<void>;
}
