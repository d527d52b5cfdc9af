/** All checkers. One file each; a new one is added here, and names the promises that it checks. */
import type { Checker } from '../history/history.ts';
import { checkedRecords } from './checked-records.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { atomicity } from './atomicity.ts';
import { commits } from './commits.ts';
import { compaction } from './compaction.ts';
import { definiteErrors } from './definite-errors.ts';
import { duplicates } from './duplicates.ts';
import { durability } from './durability.ts';
import { exactlyOnce } from './exactly-once.ts';
import { failStop } from './fail-stop.ts';
import { durableAtAck } from './durable-at-ack.ts';
import { fences } from './fences.ts';
import { handover } from './handover.ts';
import { leaderEpochs } from './leader-epochs.ts';
import { leftovers } from './leftovers.ts';
import { liveness } from './liveness.ts';
import { logStart } from './log-start.ts';
import { memory } from './memory.ts';
import { offsets } from './offsets.ts';
import { once } from './once.ts';
import { metadataAtAnswer } from './metadata-at-answer.ts';
import { onePerId } from './one-per-id.ts';
import { ownership } from './ownership.ts';
import { readingOrder } from './reading-order.ts';
import { producerIds } from './producer-ids.ts';
import { promptness } from './promptness.ts';
import { realTimeOrder } from './real-time-order.ts';
import { rebalances } from './rebalances.ts';
import { restart } from './restart.ts';
import { retention } from './retention.ts';
import { stalls } from './stalls.ts';
import { survival } from './survival.ts';
import { timestamps } from './timestamps.ts';
import { transactionEnds } from './transaction-ends.ts';
import { waiting } from './waiting.ts';
import { watermarks } from './watermarks.ts';

export const CHECKERS: readonly CheckerKind[] = [
  offsets,
  readingOrder,
  watermarks,
  realTimeOrder,
  duplicates,
  definiteErrors,
  once,
  producerIds,
  logStart,
  retention,
  compaction,
  leftovers,
  durability,
  onePerId,
  checkedRecords,
  promptness,
  timestamps,
  leaderEpochs,
  ownership,
  handover,
  commits,
  rebalances,
  stalls,
  transactionEnds,
  fences,
  exactlyOnce,
  atomicity,
  waiting,
  durableAtAck,
  metadataAtAnswer,
  failStop,
  survival,
  restart,
  liveness,
  memory,
];

export const makeCheckers = (violated: Violated): Checker[] => CHECKERS.map((kind) => kind.make(violated));
