/** Runs a plan on a log in arrays until something is the case, and says what it told. */
import type { EventSink } from '../../base/index.ts';
import type { Clock, Programs } from '../../env/index.ts';
import type { Pipeline } from '../../streams/index.ts';
import type { ArrayLog } from '../log-fixture.ts';
import { runPipeline } from '../run.ts';

export async function runUntil(
  plan: Pipeline,
  { log, clock, programs }: { log: ArrayLog; clock: Clock; programs?: Programs },
  isDone: () => boolean,
): Promise<string[]> {
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) =>
    told.push([message, fields?.['step'], fields?.['message']].filter((one) => one !== undefined).join(' '));
  const stopping = new AbortController();
  const given = programs === undefined ? {} : { programs };
  const running = runPipeline(plan, { client: log, clock, events, signal: stopping.signal, ...given });
  let failure: unknown;
  running.catch((error: unknown) => {
    failure = error;
  });
  while (failure === undefined && !isDone()) await clock.sleep(5);
  stopping.abort();
  await running;
  return told;
}
