/** All scripts, by area: one recording each. A new area is one file here and one line below. */
import type { Script } from '../script.ts';
import { CLASSIC_MEMBERS } from './classic-members.ts';
import { CLASSIC_STATES } from './classic-states.ts';
import { COMMITTED_READS } from './committed-reads.ts';
import { CONFIGS } from './configs.ts';
import { CONSUMER_GROUPS } from './consumer-groups.ts';
import { CONSUMER_MEMBERS } from './consumer-members.ts';
import { DUPLICATES } from './duplicates.ts';
import { EXPRESSIONS } from './expressions.ts';
import { FETCH } from './fetch.ts';
import { GROUP_ADMIN } from './group-admin.ts';
import { GROUPS } from './groups.ts';
import { IDEMPOTENCE } from './idempotence.ts';
import { MALFORMED } from './malformed.ts';
import { MIGRATION } from './migration.ts';
import { OFFSETS } from './offsets.ts';
import { PRODUCE } from './produce.ts';
import { STATIC_MEMBERS } from './static-members.ts';
import { TOPICS } from './topics.ts';
import { TRANSACTION_ENDS } from './transaction-ends.ts';
import { TRANSACTION_JOINS } from './transaction-joins.ts';
import { TRANSACTION_OFFSETS } from './transaction-offsets.ts';
import { TRANSACTION_WRITES } from './transaction-writes.ts';
import { TRANSACTIONAL_IDS } from './transactional-ids.ts';

export const AREAS: Readonly<Record<string, readonly Script[]>> = {
  produce: PRODUCE,
  fetch: FETCH,
  topics: TOPICS,
  configs: CONFIGS,
  groups: GROUPS,
  'classic-members': CLASSIC_MEMBERS,
  'static-members': STATIC_MEMBERS,
  'classic-states': CLASSIC_STATES,
  offsets: OFFSETS,
  'group-admin': GROUP_ADMIN,
  'consumer-groups': CONSUMER_GROUPS,
  'consumer-members': CONSUMER_MEMBERS,
  expressions: EXPRESSIONS,
  migration: MIGRATION,
  malformed: MALFORMED,
  idempotence: [...IDEMPOTENCE, ...DUPLICATES],
  'transactional-ids': TRANSACTIONAL_IDS,
  'transaction-writes': [...TRANSACTION_JOINS, ...TRANSACTION_WRITES],
  'transaction-ends': [...TRANSACTION_ENDS, ...COMMITTED_READS],
  'transaction-offsets': TRANSACTION_OFFSETS,
};
