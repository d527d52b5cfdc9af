/**
 * Workers: one process per core. Each gets the next chunk of seeds when it is done with the one before, and is replaced
 * when it ends unasked: a seed that brings down the process has failed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Share } from './plan.ts';
import type { ChunkResult, SeedFailure } from './seeds.ts';

export interface RunResult {
  readonly seeds: number;
  readonly wanted: number;
  readonly seconds: number;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly failures: readonly SeedFailure[];
  readonly coverage: ReadonlyMap<string, number>;
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
}

const CHUNK_SEEDS = 20;
const WORKER = path.join(import.meta.dirname, 'worker.ts');

export async function runInWorkers(plan: readonly Share[], options: RunOptions): Promise<RunResult> {
  const chunks = inTurns(plan);
  const from = Date.now();
  const totals = new Map<string, Totals>();
  const coverage = new Map<string, number>();
  const failures: SeedFailure[] = [];
  let seeds = 0;
  const take = (share: Share, { failures: failed, totals: sums, coverage: reached }: ChunkResult) => {
    const total = totals.get(share.scenario) ?? {
      seeds: 0,
      events: 0,
      virtualMs: 0,
      lives: 0,
      acknowledged: 0,
    };
    totals.set(share.scenario, total);
    for (const key of Object.keys(total) as (keyof Totals)[]) total[key] += sums[key];
    seeds += sums.seeds;
    failures.push(...failed);
    for (const [key, count] of reached) coverage.set(key, (coverage.get(key) ?? 0) + count);
  };
  const serve = async () => {
    let child = fork(WORKER);
    for (const share of chunks) {
      if (Date.now() - from > options.stopAfterMs) break;
      const result = await askChild(child, share);
      if (result !== undefined) take(share, result);
      else {
        child = fork(WORKER);
        failures.push({
          scenario: share.scenario,
          seed: share.first,
          message: `the process ended within seeds ${share.first}–${share.last}`,
        });
      }
    }
    child.kill();
  };
  await Promise.all(Array.from({ length: options.workers }, serve));
  const wanted = plan.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return { seeds, wanted, seconds: (Date.now() - from) / 1000, totals, failures, coverage };
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

/** Undefined: the process ended before it answered. */
function askChild(child: ChildProcess, share: Share): Promise<ChunkResult | undefined> {
  return new Promise((resolve) => {
    const onExit = () => resolve(undefined);
    child.once('exit', onExit);
    child.once('message', (result: ChunkResult) => {
      child.off('exit', onExit);
      resolve(result);
    });
    child.send(share);
  });
}
