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
        // Whatever ended before the last successful one was sent has been overwritten; what comes from an older generation
        // than one that has committed, and was never answered, took effect before it or never will (C1).
        const possible = all.filter(
          ({ outcome, endedAt, sentAt, generationId }) =>
            outcome !== 'refused' &&
            generationId >= generation &&
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
