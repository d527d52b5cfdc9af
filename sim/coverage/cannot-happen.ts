/** Places that coverage would expect and that cannot be reached, each with its reason. A reason that no longer holds fails. */
const FORGOTTEN = 'a group that ends is forgotten by its tombstone; nothing moves it to Dead';

export const CANNOT_HAPPEN: Readonly<Record<string, string>> = {
  'call: connect': 'only clients connect, and the nemesis kills brokers',
  'group: Empty → Dead': FORGOTTEN,
  'group: PreparingRebalance → Dead': FORGOTTEN,
  'group: CompletingRebalance → Dead': FORGOTTEN,
  'group: Stable → Dead': FORGOTTEN,
};
