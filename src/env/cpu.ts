/**
 * Cpu: work that would hold up the turn, done beside it.
 *
 *   run(work, setup, job) -> a thread: prepare(setup) once, then perform(job) -> result, in any order
 *
 * `work` names a module that a thread can load by itself; `setup` is what all its jobs share (a definition, say), and stays
 * prepared in the threads that had it. Both, and every job and result, are plain values and bytes: they are copied on the way.
 *
 * Fairness: the jobs of one setup never take all threads. Who waits for another one's slow setup waits no longer than its own
 * jobs take.
 */
export interface Work<Setup extends object, Job, Result> {
  /** `import.meta.url` of the module that exports `prepare`. */
  readonly module: string;
  readonly prepare: Prepare<Setup, Job, Result>;
}

/** What it throws is a bad setup; what its answer throws is a bad job. Neither may wait for anything. */
export type Prepare<Setup extends object, Job, Result> = (setup: Setup) => (job: Job) => Result;

export interface Cpu {
  /** Rejects with `WorkFailed`. The same `setup` object each time, or it is prepared anew. */
  run<Setup extends object, Job, Result>(
    work: Work<Setup, Job, Result>,
    setup: Setup,
    job: Job,
  ): Promise<Result>;
}

/**
 *   threw      by `prepare` or by the job itself; the message is the error's
 *   too long   the job was ended
 *   died       the thread ended for no reason that is known; another one may succeed
 */
export type WorkFailure = 'threw' | 'too long' | 'died';

export class WorkFailed extends Error {
  override readonly name = 'WorkFailed';
  readonly failure: WorkFailure;

  constructor(failure: WorkFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
