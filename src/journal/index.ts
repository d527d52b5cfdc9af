/** The door of journal: durable frames, group commit, recovery. Knows partitions by id only. */
export { Held } from './arena.ts';
export type {
  BatchEntry,
  DedupeIdsEntry,
  Entry,
  LogStartEntry,
  ProducerStateEntry,
  ReferenceEntry,
  ReplayedEntry,
  ReplayedFrame,
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
export type { Frame, FrameWaiter } from './pending-frame.ts';
export type { Recovery } from './recovery.ts';
export { slotIndex } from './space.ts';
export { JournalDamaged, type TornTail } from './walk.ts';
