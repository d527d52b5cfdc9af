/** Group: a classic group or a consumer group; an id names one of them at a time. */
import type { ClassicGroup } from './classic/index.ts';
import type { ConsumerGroup } from './consumer/index.ts';

export type Group = ClassicGroup | ConsumerGroup;
