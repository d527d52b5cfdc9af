/** All planted bugs by name. A new one goes into the file of its room; `node sim/run.ts --bug NAME` must find it. */
import { BROKER_BUGS } from './broker.ts';
import { CHECKPOINT_BUGS } from './checkpoint.ts';
import { CHECK_BUGS } from './checks.ts';
import { CLUSTER_BUGS } from './cluster.ts';
import { COMPACTION_BUGS } from './compaction.ts';
import { CONSUMER_GROUP_BUGS } from './consumer-groups.ts';
import { DEDUPE_BUGS } from './dedupe.ts';
import { DIRECT_BUGS } from './direct.ts';
import { GROUP_BUGS } from './groups.ts';
import { JOURNAL_BUGS } from './journal.ts';
import { LOG_BUGS } from './log.ts';
import { PARTITION_BUGS } from './partition.ts';
import { PIPELINE_BUGS } from './pipelines.ts';
import type { PlantedBugs } from './planted-bug.ts';
import { PRODUCER_BUGS } from './producers.ts';
import { ROOM_BUGS } from './room.ts';
import { TRANSACTION_BUGS } from './transactions.ts';

export type { PlantedBug } from './planted-bug.ts';

export const BUGS_OF_ROOMS: readonly PlantedBugs[] = [
  JOURNAL_BUGS,
  DIRECT_BUGS,
  CHECKPOINT_BUGS,
  PARTITION_BUGS,
  PRODUCER_BUGS,
  DEDUPE_BUGS,
  CHECK_BUGS,
  TRANSACTION_BUGS,
  LOG_BUGS,
  COMPACTION_BUGS,
  BROKER_BUGS,
  ROOM_BUGS,
  CLUSTER_BUGS,
  GROUP_BUGS,
  CONSUMER_GROUP_BUGS,
  PIPELINE_BUGS,
];

export const PLANTED_BUGS: PlantedBugs = Object.assign({}, ...BUGS_OF_ROOMS);
