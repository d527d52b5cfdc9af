/** Runs a plan on a log in arrays until something is the case, and says what it told. */
import type { EventSink } from '../../base/index.ts';
import type { Clock, Http, Programs } from '../../env/index.ts';
import type { Pipeline } from '../../streams/index.ts';
import type { ArrayLog } from '../log-fixture.ts';
import { runPipeline } from '../run.ts';

export async function runUntil(
  plan: Pipeline,
  world: { log: ArrayLog; clock: Clock; programs?: Programs; http?: Http },
  isDone: () => boolean,
): Promise<string[]> {
  const { log: client, clock, programs, http } = world;
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) =>
    told.push([message, fields?.['step'], fields?.['message']].filter((one) => one !== undefined).join(' '));
  const stopping = new AbortController();
  const running = runPipeline(plan, { client, clock, events, signal: stopping.signal, programs, http });
  let failure: unknown;
  running.catch((error: unknown) => {
    failure = error;
  });
  while (failure === undefined && !isDone()) await clock.sleep(5);
  stopping.abort();
  await running;
  return told;
}
