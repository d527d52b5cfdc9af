/** Bugs of consumer groups (KIP-848): who may work on what, and since when. */
import { CONSUMER_GROUPS, type PlantedBugs } from './planted-bug.ts';

const CONSUMER = 'src/groups/consumer';

export const CONSUMER_GROUP_BUGS: PlantedBugs = {
  givesWhatIsStillOwned: {
    what: 'a partition is given to its next owner while the one before still has it',
    thought: 'The target says whose it is.',
    breaks: ['C2'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/reconcile.ts`,
        from: '      if (owner !== undefined && owner !== member.id) {',
        to: '      if (owner !== undefined && owner !== member.id && target.size === 0) {',
      },
    ],
  },
  takesSilenceForGivingBack: {
    what: 'a member that was asked to give partitions back counts as done with its next heartbeat, whatever it says',
    thought: 'It has been told, and it is still here: this is its answer.',
    breaks: ['C2'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/reconcile.ts`,
        from: 'if (!claimsAny(around.claimed, member.revoking)) return step(member, around);',
        to: 'return step(member, around);',
      },
    ],
  },
  freesWhatIsBeingGivenBack: {
    what: 'a partition that a member was asked to give back is free at once',
    thought: 'It is not assigned any more, so nobody owns it.',
    breaks: ['C2'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/group.ts`,
        from: '    this.#take(member.id, member.revoking); // G2\n',
        to: '',
      },
    ],
  },
  keepsTheEpochWhenMembersLeave: {
    what: 'a member that leaves does not raise the epoch of its group: what it had is read by nobody',
    thought: 'The topics are the same: there is nothing new to assign.',
    breaks: ['C5'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/leave.ts`,
        from: '  else bumpIfNeeded(draft, true);\n',
        to: '  else bumpIfNeeded(draft, false);\n',
      },
    ],
  },
  forgetsTheSilentAfterALoad: {
    what: 'members of consumer groups that were known before a restart are never missed',
    thought: 'A session begins with a heartbeat.',
    breaks: ['C5'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/expire.ts`,
        from: "    waitFor(decision, group, 'alive', member.id, member.classic?.sessionTimeoutMs ?? sessionTimeoutMs);\n",
        to: '    void sessionTimeoutMs;\n',
      },
    ],
  },
  tellsTheAssignmentOnce: {
    what: 'a member whose answer was lost is not told again what it shall own',
    thought: 'Nothing has changed since the last answer.',
    breaks: ['C5'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/heartbeat.ts`,
        from: '    saysEverything(request) ||\n',
        to: '    (saysEverything(request) && member.epoch !== reached.epoch) ||\n',
      },
    ],
  },
  takesCommitsOfOldEpochs: {
    what: 'a member commits offsets of a partition that it has given back',
    thought: 'It is still a member of the group.',
    breaks: ['C1', 'C4'],
    finder: CONSUMER_GROUPS,
    patches: [
      {
        file: `${CONSUMER}/offsets.ts`,
        from: '    return since !== undefined && epoch >= since ? 0 : stale(member).code;',
        to: '    return since === undefined || epoch >= since ? 0 : stale(member).code;',
      },
    ],
  },
};
