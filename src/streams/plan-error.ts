/** PlanError: the pipeline as written cannot work. The message says which step, why, and what to write instead. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** PipelineFailed: a step was told to stop the pipeline (`onTimeout: 'fail'`). Nothing of the open transaction is committed. */
export class PipelineFailed extends Error {
  override readonly name = 'PipelineFailed';
}

/** CacheLost: what a task held outside is gone. Nothing is lost: the task is opened again, and reads it again. */
export class CacheLost extends Error {
  override readonly name = 'CacheLost';
}
