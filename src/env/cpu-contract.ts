/** What every Cpu must do, as tests: each adapter runs them over itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Cpu, type Work, WorkFailed } from './cpu.ts';

interface Setup {
  readonly factor: number;
}

/** Made known to threads by this module's name. */
export function prepare({ factor }: Setup): (job: number) => number {
  if (factor === 0) throw new Error('a factor of 0');
  return (job) => {
    if (job < 0) throw new Error('below 0');
    return job * factor;
  };
}

export const MULTIPLY: Work<Setup, number, number> = { module: import.meta.url, prepare };

export function cpuContract(adapter: string, use: (body: (cpu: Cpu) => Promise<void>) => Promise<void>) {
  const check = (promise: string, body: (cpu: Cpu) => Promise<void>) =>
    test(`${adapter}: ${promise}`, () => use(body));

  check('every job gets its own result, whatever its setup', async (cpu) => {
    const setups = [{ factor: 2 }, { factor: 3 }];
    const jobs = Array.from({ length: 40 }, (_, n) => ({ setup: setups[n % 2]!, job: n }));
    const results = await Promise.all(jobs.map(({ setup, job }) => cpu.run(MULTIPLY, setup, job)));
    assert.deepEqual(
      results,
      jobs.map(({ setup, job }) => job * setup.factor),
    );
  });

  check('what a setup or a job throws is told, and the next job is done', async (cpu) => {
    const fails = (message: string) => (error: unknown) =>
      error instanceof WorkFailed && error.failure === 'threw' && error.message === message;
    const setup = { factor: 2 };
    await assert.rejects(cpu.run(MULTIPLY, { factor: 0 }, 1), fails('a factor of 0'));
    await assert.rejects(cpu.run(MULTIPLY, setup, -1), fails('below 0'));
    assert.equal(await cpu.run(MULTIPLY, setup, 4), 8);
  });
}
