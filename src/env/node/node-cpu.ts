/**
 * NodeCpu: worker threads, begun when there is work and ended when there was none for a while.
 *
 * Invariants
 *   C1  a thread has one job at a time, so whoever is ended takes no other job with it
 *   C2  the jobs of one setup start in their order, and never take all threads
 *   C3  an idle thread keeps no process alive
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { type Cpu, type Work, WorkFailed } from '../cpu.ts';
import type { FromThread, ToThread } from './cpu-thread.ts';

export interface NodeCpuLimits {
  /** At least 2, so that one setup leaves one to the others. */
  readonly threads: number;
  /** A job that takes longer is ended with its thread. */
  readonly jobMs: number;
  /** A thread without work ends after so long. */
  readonly idleMs: number;
  /** Heap of one thread. A job that wants more may end the whole process, so work bounds what it makes of a job. */
  readonly heapMebibytes: number;
  /** Setups that a thread keeps prepared; beyond it forgets all. */
  readonly setupsMax: number;
}

const LIMITS: NodeCpuLimits = {
  threads: Math.max(2, Math.min(4, availableParallelism())),
  jobMs: 10_000,
  idleMs: 60_000,
  heapMebibytes: 512,
  setupsMax: 64,
};

interface Setup {
  readonly number: number;
  readonly module: string;
  readonly value: object;
  readonly waiting: Job[];
  running: number;
}

interface Job {
  readonly setup: Setup;
  readonly value: unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: WorkFailed) => void;
}

export class NodeCpu implements Cpu {
  readonly #limits: NodeCpuLimits;
  readonly #setups = new WeakMap<object, Setup>();
  /** Setups with jobs that wait, in the order in which they take their turns. */
  readonly #busy = new Set<Setup>();
  readonly #threads = new Set<Thread>();
  #setupsSeen = 0;

  constructor(limits: Partial<NodeCpuLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  run<S extends object, J, R>(work: Work<S, J, R>, setup: S, job: J): Promise<R> {
    const known = this.#setups.get(setup) ?? this.#newSetup(work.module, setup);
    return new Promise<R>((resolve, reject) => {
      known.waiting.push({ setup: known, value: job, resolve, reject });
      this.#busy.add(known);
      this.#assign();
    });
  }

  #newSetup(module: string, value: object): Setup {
    const setup = { number: ++this.#setupsSeen, module, value, waiting: [], running: 0 };
    this.#setups.set(value, setup);
    return setup;
  }

  /** Gives jobs to threads as long as there are both. */
  #assign(): void {
    for (const setup of this.#busy) {
      if (setup.running >= this.#limits.threads - 1) continue; // C2
      const thread = this.#idleThread();
      if (thread === undefined) return;
      const job = setup.waiting.shift()!;
      this.#busy.delete(setup);
      if (setup.waiting.length > 0) this.#busy.add(setup); // behind the others
      setup.running++;
      thread.start(job);
    }
  }

  #idleThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.isIdle) return thread;
    if (this.#threads.size >= this.#limits.threads) return undefined;
    const thread = new Thread(this.#limits, {
      done: (job) => {
        job.setup.running--;
        this.#assign();
      },
      ended: () => {
        this.#threads.delete(thread);
      },
    });
    this.#threads.add(thread);
    return thread;
  }
}

interface Owner {
  readonly done: (job: Job) => void;
  readonly ended: () => void;
}

class Thread {
  readonly #limits: NodeCpuLimits;
  readonly #owner: Owner;
  readonly #worker: Worker;
  readonly #known = new Set<number>();
  #job: Job | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(limits: NodeCpuLimits, owner: Owner) {
    this.#limits = limits;
    this.#owner = owner;
    const file = import.meta.url.endsWith('.ts') ? './cpu-thread.ts' : './cpu-thread.js';
    const { Worker } = process.getBuiltinModule('node:worker_threads'); // loaded with the first thread
    this.#worker = new Worker(new URL(file, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMebibytes },
    });
    this.#worker.on('message', (answer: FromThread) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#end(new WorkFailed('died', String(error))));
    this.#worker.on('exit', () => this.#end(new WorkFailed('died', 'the thread ended')));
  }

  get isIdle(): boolean {
    return this.#job === undefined;
  }

  start(job: Job): void {
    this.#job = job;
    this.#worker.ref();
    this.#setAlarm(this.#limits.jobMs, () =>
      this.#end(new WorkFailed('too long', `it took longer than ${this.#limits.jobMs / 1000} s`)),
    );
    const { number, module, value } = job.setup;
    if (!this.#known.has(number)) {
      if (this.#known.size >= this.#limits.setupsMax) {
        this.#known.clear();
        this.#post({ forget: true });
      }
      this.#known.add(number);
      this.#post({ setup: number, begin: { module, setup: value } });
    }
    this.#post({ setup: number, job: job.value });
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #answered(answer: FromThread): void {
    const job = this.#job!;
    this.#job = undefined;
    this.#worker.unref(); // C3
    this.#setAlarm(this.#limits.idleMs, () => this.#end(undefined));
    if ('error' in answer) job.reject(new WorkFailed('threw', answer.error));
    else job.resolve(answer.result as never);
    this.#owner.done(job);
  }

  #setAlarm(ms: number, ring: () => void): void {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(ring, ms).unref();
  }

  /** `error`: what its job fails with (C1). */
  #end(error: WorkFailed | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#alarm);
    void this.#worker.terminate();
    this.#owner.ended();
    const job = this.#job;
    this.#job = undefined;
    if (job === undefined || error === undefined) return;
    job.reject(error);
    this.#owner.done(job);
  }
}
