/** The door of journal: durable frames, group commit, recovery. Knows partitions by id only. */
export { Held } from './arena.ts';
export type {
  BatchEntry,
  BatchFields,
  DedupeIdsEntry,
  Entry,
  LogStartEntry,
  ProducerStateEntry,
  ReferenceEntry,
  ReplayedEntry,
  ReplayedFrame,
  SegmentEntry,
} from './entry.ts';
export type { FrameHeader } from './frame-header.ts';
export {
  framesOnGrid,
  type InspectedFrame,
  inspectJournal,
  type JournalEnd,
  type NoFrame,
} from './inspection.ts';
export { type AppendOptions, Journal, type JournalMark, type Placed } from './journal.ts';
export type { JournalOptions, JournalSession, JournalStart } from './options.ts';
export type { Frame, FrameWaiter, TakenFrame } from './pending-frame.ts';
export type { Recovery } from './recovery.ts';
export { slotIndex } from './space.ts';
export { namedSegments } from './survey.ts';
export { JournalDamaged, type TornTail } from './walk.ts';
