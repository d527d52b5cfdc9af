/**
 * What coverage would expect and cannot be reached, each with its reason. A reason that no longer holds fails.
 *
 * `call: VERB` stands for every fault at that verb.
 */
const FORGOTTEN = 'a group that ends is forgotten by its tombstone; nothing moves it to Dead';
const CLIENTS = 'only clients connect, and faults come to brokers';
const SIZED = 'a file of the journal is made with all its bytes, and used again as it is';
const FRESH =
  'it is written under a name that no file has, for a start removes what an earlier life left; one that counts is replaced by way of a .new';

export const CANNOT_HAPPEN: Readonly<Record<string, string>> = {
  'killed before: connect': CLIENTS,
  'killed after: connect': CLIENTS,
  'call: truncate journal': SIZED,
  'call: truncate .snapshot': FRESH,
  'call: truncate .dedupe': FRESH,
  'group: Empty → Dead': FORGOTTEN,
  'group: PreparingRebalance → Dead': FORGOTTEN,
  'group: CompletingRebalance → Dead': FORGOTTEN,
  'group: Stable → Dead': FORGOTTEN,
};
