/** All scripts, by area: one recording each. A new area is one file here and one line below. */
import type { Script } from '../script.ts';
import { CONFIGS } from './configs.ts';
import { CONSUMER_GROUPS } from './consumer-groups.ts';
import { FETCH } from './fetch.ts';
import { GROUPS } from './groups.ts';
import { MALFORMED } from './malformed.ts';
import { PRODUCE } from './produce.ts';
import { TOPICS } from './topics.ts';

export const AREAS: Readonly<Record<string, readonly Script[]>> = {
  produce: PRODUCE,
  fetch: FETCH,
  topics: TOPICS,
  configs: CONFIGS,
  groups: GROUPS,
  'consumer-groups': CONSUMER_GROUPS,
  malformed: MALFORMED,
};
