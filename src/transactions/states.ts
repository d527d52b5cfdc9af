/**
 * States of a transactional id, with Kafka's numbers in `__transaction_state`.
 *
 *   Empty -> Ongoing -> CompleteCommit | CompleteAbort -> Ongoing ...
 *              +-> PrepareCommit | PrepareAbort -+   only when the end does not fit into one frame
 */
export const STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const;
export type TransactionState = (typeof STATES)[number];

/** Dead and PrepareEpochFence are Kafka's, never written here: an id that is forgotten is a tombstone. */
export const TRANSACTION_TRANSITIONS: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  Empty: ['Empty', 'Ongoing', 'PrepareAbort', 'CompleteAbort'],
  Ongoing: ['Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'],
  PrepareCommit: ['CompleteCommit'],
  PrepareAbort: ['CompleteAbort'],
  CompleteCommit: ['Empty', 'Ongoing', 'PrepareAbort', 'CompleteAbort'],
  CompleteAbort: ['Empty', 'Ongoing', 'PrepareAbort', 'CompleteAbort'],
  Dead: [],
  PrepareEpochFence: [],
};

export function stateNumber(state: TransactionState): number {
  return STATES.indexOf(state);
}
