/**
 * Workers: one process per core. Each gets the next chunk of seeds when it is done with the one before, and is replaced
 * when it ends unasked: a seed that brings down the process has failed. When all seeds are done, those are run again that a
 * fault is to be put into, at each place where none had one (sightings.ts).
 */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Share } from './plan.ts';
import { type Rerun, Sightings } from './sightings.ts';
import type { ChunkResult, SeedFailure } from './seeds.ts';

export interface RunResult {
  readonly seeds: number;
  readonly wanted: number;
  readonly seconds: number;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly failures: readonly SeedFailure[];
  /** Of the seeds as they are, and the places that directed faults reached. */
  readonly coverage: ReadonlyMap<string, number>;
  readonly reruns: { readonly wanted: number; readonly done: number };
  readonly sightings: Sightings;
}

export interface Totals {
  seeds: number;
  events: number;
  virtualMs: number;
  lives: number;
  acknowledged: number;
}

export interface RunOptions {
  readonly workers: number;
  readonly stopAfterMs: number;
  /** Places that must have had their fault after so many seeds. */
  readonly placesDue: (seeds: number) => readonly string[];
}

const CHUNK_SEEDS = 20;
/** Of the time that a run has; the rest is kept for seeds that are run again. */
const SHARE_OF_TIME = 0.9;
const WORKER = path.join(import.meta.dirname, 'worker.ts');

export async function runInWorkers(plan: readonly Share[], options: RunOptions): Promise<RunResult> {
  const from = Date.now();
  const isBefore = (share: number) => Date.now() - from <= share * options.stopAfterMs;
  const workers = Array.from({ length: options.workers }, () => new Worker());
  const sum = new Sum();
  await shareOut(
    workers,
    inTurns(plan),
    () => isBefore(SHARE_OF_TIME),
    (share, result) => sum.take(share, result),
  );
  const missed = options.placesDue(sum.seeds).filter((place) => !sum.coverage.has(place));
  const reruns = sum.sightings.reruns(missed);
  await shareOut(
    workers,
    reruns.values(),
    () => isBefore(1),
    (rerun, result) => sum.takeRerun(rerun, result),
  );
  for (const worker of workers) worker.end();
  const { seeds, totals, failures, coverage, sightings } = sum;
  return {
    seeds,
    wanted: plan.reduce((wanted, { first, last }) => wanted + last - first + 1, 0),
    seconds: (Date.now() - from) / 1000,
    totals,
    failures,
    coverage,
    reruns: { wanted: reruns.length, done: sum.reruns },
    sightings,
  };
}

/** What all chunks did together. */
class Sum {
  seeds = 0;
  reruns = 0;
  readonly totals = new Map<string, Totals>();
  readonly coverage = new Map<string, number>();
  readonly failures: SeedFailure[] = [];
  readonly sightings = new Sightings();

  take(share: Share, result: ChunkResult | undefined): void {
    if (result === undefined) {
      this.#processEnded(share);
      return;
    }
    const { scenario } = share;
    const total = this.totals.get(scenario) ?? {
      seeds: 0,
      events: 0,
      virtualMs: 0,
      lives: 0,
      acknowledged: 0,
    };
    this.totals.set(scenario, total);
    for (const key of Object.keys(total) as (keyof Totals)[]) total[key] += result.totals[key];
    this.seeds += result.totals.seeds;
    this.failures.push(...result.failures);
    for (const [key, count] of result.coverage) this.coverage.set(key, (this.coverage.get(key) ?? 0) + count);
    this.sightings.add(scenario, result.sightings);
  }

  /** Only its place counts: the seed has been counted. */
  takeRerun(rerun: Rerun, result: ChunkResult | undefined): void {
    this.reruns++;
    const { place } = rerun.directed;
    if (result === undefined) this.#processEnded(rerun);
    else this.failures.push(...result.failures);
    if (result?.failures.length === 0) this.coverage.set(place, 1);
  }

  #processEnded({ scenario, first, last, directed }: Share): void {
    const message = `the process ended within seeds ${first}–${last}`;
    this.failures.push({ scenario, seed: first, directed, message });
  }
}

async function shareOut<S extends Share>(
  workers: readonly Worker[],
  shares: IterableIterator<S>,
  mayGoOn: () => boolean,
  take: (share: S, result: ChunkResult | undefined) => void,
): Promise<void> {
  const serve = async (worker: Worker) => {
    for (const share of shares) {
      if (!mayGoOn()) break;
      take(share, await worker.ask(share));
    }
  };
  await Promise.all(workers.map(serve));
}

/** Low seeds of all scenarios first, each by its share: a run that is stopped early has had as much of each as was planned. */
function* inTurns(plan: readonly Share[]): Generator<Share> {
  const shares = plan.map((share) => ({ ...share, size: share.last - share.first + 1, next: share.first }));
  for (;;) {
    const [due] = shares
      .filter(({ next, last }) => next <= last)
      .sort((a, b) => (a.next - a.first) / a.size - (b.next - b.first) / b.size);
    if (due === undefined) return;
    const { scenario, next: first } = due;
    due.next = Math.min(due.last, first + CHUNK_SEEDS - 1) + 1;
    yield { scenario, first, last: due.next - 1 };
  }
}

class Worker {
  #child: ChildProcess = fork(WORKER);

  /** Undefined: the process ended before it answered; the next share gets another one. */
  ask(share: Share): Promise<ChunkResult | undefined> {
    const child = this.#child;
    return new Promise((resolve) => {
      const onExit = () => {
        this.#child = fork(WORKER);
        resolve(undefined);
      };
      child.once('exit', onExit);
      child.once('message', (result: ChunkResult) => {
        child.off('exit', onExit);
        resolve(result);
      });
      child.send(share);
    });
  }

  end(): void {
    this.#child.kill();
  }
}
