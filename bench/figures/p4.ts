/**
 * P4: from the moment a record is due at its producer to the moment a reader has it, at 10,000 records/s of 100 B, one a request.
 * An open loop: a server that falls behind pays for it in every later latency.
 */
import { usualConditions } from '../conditions.ts';
import type { Figure } from '../figure.ts';
import { LATENCY, LATENCY_MEASURES } from '../latency.ts';
import { GREGOR, kafka } from '../server.ts';
import { TailSide } from '../tail-side.ts';

const GOAL = { atMost: 1 / 3 };

export const p4: Figure = {
  id: 'P4',
  title: 'end-to-end latency at 10,000 records/s of 100 B, linger 0, acks=all',
  conditions: usualConditions(15),
  warmUpSeconds: 60,
  measures: LATENCY_MEASURES.map((one) => (one.unit.startsWith('ms') ? { ...one, goal: GOAL } : one)),
  open: async (_condition, tools) => ({
    ours: new TailSide({ ...LATENCY, kind: GREGOR }, tools),
    peer: new TailSide({ ...LATENCY, kind: kafka() }, tools),
  }),
};
