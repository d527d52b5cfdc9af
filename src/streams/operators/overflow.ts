/**
 * Overflow: what becomes of a step that holds as many records as its `buffer` allows.
 *
 *   release-oldest   what waits longest goes on early, as its time-out would have it
 *   dead-letter      what comes then is dead-lettered
 *   spill            it goes on holding: the records lie on disk, and memory has their keys (needs state on disk)
 *   pause            no more is read of the task's partitions until something has gone on
 *
 *   V1  a pause ends by itself: only where time-outs go by the wall clock, since the watermark stands still when nothing is read
 *   V2  what was fetched already is still taken: a pause holds at most one fetch more than the buffer allows
 */
import type { StateOptions } from '../plan/pipeline.ts';
import { PlanError } from '../plan-error.ts';

export type Overflow = 'release-oldest' | 'dead-letter' | 'spill' | 'pause';

export interface Room {
  readonly overflow: Overflow;
  /** So many may be held; Infinity: as many as come. */
  readonly most: number;
  /** With so many held no more is read; Infinity: it goes on. */
  readonly pauseAt: number;
}

interface Asked {
  readonly overflow: Overflow;
  /** What this mode can do. */
  readonly among: readonly Overflow[];
  readonly limit: number;
  readonly state: StateOptions;
  /** Why a pause would never end; undefined: it ends. */
  readonly endless: string | undefined;
}

export function roomOf({ overflow, among, limit, state, endless }: Asked): Room {
  if (overflow === 'pause' && endless !== undefined)
    throw new PlanError(`reorder: overflow: 'pause' would never end: ${endless}`);
  if (!among.includes(overflow))
    throw new PlanError(`reorder: overflow is '${String(overflow)}'; here it is ${among.join(', ')}`);
  if (overflow === 'spill' && state.store !== 'disk')
    throw new PlanError(
      "reorder: overflow: 'spill' needs state on disk; give the pipeline a folder: state: { store: 'disk', folder: '/var/lib/orders' }",
    );
  const isBound = overflow === 'release-oldest' || overflow === 'dead-letter';
  return { overflow, most: isBound ? limit : Infinity, pauseAt: overflow === 'pause' ? limit : Infinity };
}

/** For the plan. `early`: how the oldest go on. */
export function roomText({ overflow }: Room, limit: number, each: string, early: string): string {
  switch (overflow) {
    case 'release-oldest':
      return `held records, at most ${limit} ${each}, then ${early}`;
    case 'dead-letter':
      return `held records, at most ${limit} ${each}, then what comes is dead-lettered`;
    case 'spill':
      return 'held records, as many as come: they lie on disk';
    case 'pause':
      return `held records; with ${limit} ${each} no more is read until some go on`;
  }
}
