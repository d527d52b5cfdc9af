/** Durable: what an answer waits for before it leaves. */
import type { Frame } from '../journal/index.ts';

/** Waits for frames, each once. Nothing to wait for: undefined, so that the caller can go on in the same turn. */
export function durable(frames: Iterable<Frame | undefined>): Promise<unknown> | undefined {
  let first: Frame | undefined;
  let waits: Set<Promise<void>> | undefined;
  for (const frame of frames) {
    if (frame === undefined || frame === first) continue;
    if (first === undefined) first = frame;
    else (waits ??= new Set([first.durable])).add(frame.durable);
  }
  return waits === undefined ? first?.durable : Promise.all(waits); // mostly one frame holds all of a request
}
