/**
 * P15: a group of 1,000 members, each on a connection of its own, none waiting for company: from the first join until all are in one
 * generation with a partition each; then what a heartbeat costs. In both protocols; in KIP-848 the clients' own intervals are most of the time.
 */
import type { Figure } from '../figure.ts';
import { CROWD_SETTINGS, GroupSide } from '../group-side.ts';
import { KINDS } from '../groups/places.ts';
import { gregor, kafka } from '../server.ts';

const MEMBERS = 1000;
const MEMBERS_QUICK = 200;

export const p15: Figure = {
  id: 'P15',
  title: 'a group of 1,000 members: first join to stable, and heartbeats',
  isSeries: true,
  conditions: KINDS.map((name) => ({ name, pinned: true, seconds: 15 })),
  warmUpSeconds: 5,
  measures: [
    { name: 'formedSeconds', unit: 's to stable', goal: { atMost: 1 / 3 } },
    { name: 'formedProcessorSeconds', unit: 'cpu s to stable' },
    { name: 'microsecondsPerHeartbeat', unit: 'cpu µs/heartbeat' },
  ],
  async open({ name }, tools) {
    const members = tools.isQuick ? MEMBERS_QUICK : MEMBERS;
    const shape = { kind: KINDS.find((kind) => kind === name)!, groups: 1, members };
    return {
      ours: new GroupSide(gregor(CROWD_SETTINGS), shape, tools),
      peer: new GroupSide(kafka(CROWD_SETTINGS), shape, tools),
    };
  },
};
