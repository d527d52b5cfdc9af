/**
 * CpuThread: what runs in each thread of NodeCpu: one job after the other, what was prepared for a setup is kept.
 *
 *   < { setup: 3, begin: { module, setup } }    from now on 3 means this
 *   < { setup: 3, job }                         > { result } or { error }
 *   < { forget: true }                          nothing is prepared any more
 */
import { parentPort } from 'node:worker_threads';
import type { Prepare } from '../cpu.ts';

export type ToThread =
  | { readonly setup: number; readonly begin: { readonly module: string; readonly setup: object } }
  | { readonly setup: number; readonly job: unknown }
  | { readonly forget: true };

export type FromThread = { readonly result: unknown } | { readonly error: string };

type Perform = (job: unknown) => unknown;

const prepared = new Map<number, Promise<Perform>>();

async function begin(module: string, setup: object): Promise<Perform> {
  const { prepare } = (await import(module)) as { prepare: Prepare<object, unknown, unknown> };
  return prepare(setup);
}

async function perform(setup: number, job: unknown): Promise<FromThread> {
  try {
    const work = await prepared.get(setup);
    return { result: work!(job) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort!.on('message', (message: ToThread) => {
  if ('forget' in message) prepared.clear();
  else if ('begin' in message) {
    const ready = begin(message.begin.module, message.begin.setup);
    ready.catch(() => {}); // told to whoever asks for it
    prepared.set(message.setup, ready);
  } else void perform(message.setup, message.job).then((answer) => parentPort!.postMessage(answer));
});
