/** C4, C1: the last commit that succeeded is what a later reader of the offset gets, or one that was sent beside or after it. */
import type { CheckerKind } from './checker.ts';

export const commits: CheckerKind = {
  promises: ['C4'],
  make(violated) {
    return {
      name: 'commits',
      offsetRead(group, { partition, offset, askedAt }) {
        const all = group.commits.get(partition) ?? [];
        const before = all.filter(({ outcome, endedAt }) => outcome === 'committed' && endedAt < askedAt);
        const last = before.reduce((latest, { sentAt }) => Math.max(latest, sentAt), -1);
        const generation = before.reduce((newest, { generationId }) => Math.max(newest, generationId), -1);
        const owner = before.findLast(({ generationId }) => generationId === generation)?.memberId;
        // Whatever ended before the last successful one was sent has been overwritten; what comes from an older generation
        // than one that has committed, and was never answered, took effect before it or never will (C1); but for what the
        // same member of a consumer group committed in an earlier epoch, while the partition stayed its own (KIP-1251).
        const possible = all.filter(
          ({ outcome, endedAt, sentAt, generationId, memberId }) =>
            outcome !== 'refused' &&
            (generationId >= generation ||
              group.kind === 'mixed' ||
              (group.kind === 'consumer' && memberId === owner)) &&
            (endedAt > last || sentAt >= last || outcome !== 'committed'),
        );
        if (offset === -1 ? before.length === 0 : possible.some((commit) => commit.offset === offset)) return;
        violated(
          `C4: ${group.name}: ${partition} was committed at ${before.at(-1)?.offset ?? 'no offset'}, told ${offset}`,
        );
      },
    };
  },
};
