/** Durable: what an answer waits for before it leaves. */
import type { Frame } from '../journal/index.ts';

/** The frame that holds all of it; undefined: there is nothing to wait for; `several`: see `durable`. */
export function oneFrame(frames: Iterable<Frame | undefined>): Frame | 'several' | undefined {
  let one: Frame | undefined;
  for (const frame of frames) {
    if (frame === undefined || frame === one) continue;
    if (one !== undefined) return 'several';
    one = frame;
  }
  return one;
}

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
