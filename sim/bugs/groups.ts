/** Bugs of consumer groups and their coordinator. */
import { GROUPS, type PlantedBugs } from './planted-bug.ts';

const COMMIT = 'src/groups/offsets/commit.ts';
const REBALANCE = 'src/groups/classic/rebalance.ts';
const GROUP_TESTS = { test: 'src/groups/mind.test.ts' } as const;

export const GROUP_BUGS: PlantedBugs = {
  answersCommitsEarly: {
    what: 'a commit is answered before it is durable',
    thought: 'The mind has replayed it: the next reader sees it.',
    breaks: ['C4'],
    finder: GROUPS,
    patches: [
      {
        file: 'src/coordinator/shard.ts',
        from: 'const last = this.#appends.at(-1);',
        to: 'const last = undefined as Append | undefined;',
      },
    ],
  },
  takesCommitsOfOldGenerations: {
    what: 'a commit of a member with an old generation is taken',
    thought: 'The member is known, that is fence enough.',
    breaks: ['C1', 'C4'],
    finder: { test: 'src/groups/transcript.test.ts' },
    patches: [{ file: COMMIT, from: '  group.requireGeneration(generation);\n', to: '' }],
  },
  keepsTheGeneration: {
    what: 'a rebalance does not raise the generation',
    thought: 'The same members come back: it is the same generation.',
    breaks: ['C1'],
    finder: GROUPS,
    patches: [{ file: REBALANCE, from: '  group.generation += 1; // G1\n', to: '' }],
  },
  chargesTheStall: {
    what: 'a broker that stood still expires everybody whose heartbeats it did not hear',
    thought: 'Monotonic time is what sessions are measured in.',
    breaks: ['C6'],
    finder: GROUPS,
    patches: [
      {
        file: 'src/coordinator/session-clock.ts',
        from: '    if (this.#stopBeat !== undefined && gapMs > STALL_MS) this.#stalledMs += gapMs - BEAT_MS;\n',
        to: '    void gapMs;\n',
      },
    ],
  },
  countsSessionsByTheWallClock: {
    what: 'sessions end when the wall clock jumps',
    thought: 'A deadline is a time.',
    breaks: ['C6'],
    finder: GROUPS,
    patches: [
      {
        file: 'src/coordinator/session-clock.ts',
        from: '  now(): number {\n    const nowMs = this.#clock.monotonic();',
        to: '  now(): number {\n    const nowMs = this.#clock.now();',
      },
    ],
  },
  trustsTheRestoredGroup: {
    what: 'a group that died in the middle of a rebalance comes back stable, and members that join are sent back to work',
    thought: 'The log says that the group is stable.',
    breaks: ['C5'],
    finder: { test: 'src/groups/transcript.test.ts' },
    patches: [
      {
        file: 'src/groups/classic/expire.ts',
        from: 'group.restored = group.members.size > 0;',
        to: 'group.restored = false;',
      },
    ],
  },
  losesTheLeader: {
    what: 'a group whose leader left has no leader',
    thought: 'The next rebalance chooses one.',
    breaks: ['C5'],
    finder: GROUPS,
    patches: [
      {
        file: 'src/groups/classic/group.ts',
        from: 'if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null; // G2',
        to: 'if (this.leaderId === memberId && this.members.size === 0) this.leaderId = null; // G2',
      },
      {
        file: REBALANCE,
        from: 'if (group.leaderId !== null && group.members.get(group.leaderId)?.join !== undefined) return true;',
        to: 'if (group.leaderId !== null) return true;',
      },
    ],
  },
  forgetsSessionsAfterALoad: {
    what: 'members that were known before a restart are never missed: their partitions are read by nobody',
    thought: 'A member’s session begins with its first heartbeat.',
    breaks: ['C5'],
    finder: { test: 'src/groups/mind.test.ts' },
    patches: [
      {
        file: 'src/groups/classic/expire.ts',
        from: '  for (const member of group.members.values()) refreshSession(decision, group, member);\n  const owes',
        to: '  const owes',
      },
    ],
  },
  keepsWaitersOfOldJoins: {
    what: 'a member that joins again while its first join waits loses that first answer',
    thought: 'The newer join replaces the older one.',
    breaks: ['V2'],
    finder: GROUP_TESTS,
    patches: [
      {
        file: 'src/groups/classic/join.ts',
        from: `  if (member.join !== undefined)
    decision.answer(member.join, notJoined(memberId, ERRORS.REBALANCE_IN_PROGRESS[0]));
  member.join = token;
  member.terms`,
        to: '  member.join = token;\n  member.terms',
      },
    ],
  },
  keepsOffsetsOfDeletedTopics: {
    what: 'a topic that is made again under the same name begins with the offsets that were committed for the old one',
    thought: 'Offsets go by topic name.',
    breaks: ['C4'],
    finder: { test: 'src/testing/group-admin.test.ts' },
    patches: [{ file: 'src/server/topics.ts', from: '          groups.forgetTopic(before.name);\n', to: '' }],
  },
  expiresOffsetsInUse: {
    what: 'offsets of topics that the group reads grow old all the same',
    thought: 'Retention counts from the commit.',
    breaks: ['C4'],
    finder: { test: 'src/groups/transcript.test.ts' },
    patches: [
      {
        file: 'src/groups/offsets/retention.ts',
        from: '    if (inUse?.has(topic)) continue;\n',
        to: '    void inUse;\n',
      },
    ],
  },
};
