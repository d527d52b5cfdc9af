/** Scripts: partitions that join a transaction, and whether they have. */
import { type Script, type Step, script } from '../script.ts';
import {
  abort,
  addMany,
  addPartitions,
  commit,
  describe,
  init,
  makeLog,
  verify,
  who,
} from './transaction-requests.ts';

const STRANGER = () => ({ producerId: 9_999_999, producerEpoch: 0 });
/** A transaction of the first protocol, open on partition 0. */
const opened = (id: string, partitions = 1): Step[] => [
  makeLog(id, { partitions }),
  init(id),
  addPartitions(id, { [id]: [0] }),
];

export const TRANSACTION_JOINS: readonly Script[] = [
  script('add partitions: every version', (id) => [
    makeLog(id, { partitions: 4 }),
    init(id),
    ...[0, 1, 2, 3].map((version) => addPartitions(id, { [id]: [version] }, { version })),
    describe(id),
  ]),
  script('add partitions: again, and more', (id) => [
    ...opened(id, 4),
    addPartitions(id, { [id]: [0] }),
    addPartitions(id, { [id]: [0, 3] }),
    addPartitions(id, { [id]: [2, 1] }),
    describe(id),
  ]),
  script('add partitions: of several topics', (id) => [
    ...opened(id),
    makeLog(`${id}-b`, { partitions: 2 }),
    addPartitions(id, { [`${id}-b`]: [1], [id]: [0] }),
    describe(id),
  ]),
  script('add partitions: one topic does not exist', (id) => [
    makeLog(id),
    init(id),
    ...[0, 1, 2, 3].map((version) => addPartitions(id, { [id]: [0], [`${id}-not`]: [0, 1] }, { version })),
    describe(id),
  ]),
  script('add partitions: one partition does not exist', (id) => [
    makeLog(id, { partitions: 2 }),
    init(id),
    addPartitions(id, { [id]: [0, 2] }),
    addPartitions(id, { [id]: [-1, 1] }),
    describe(id),
  ]),
  script('add partitions: none', (id) => [
    makeLog(id),
    init(id),
    addPartitions(id, {}),
    addPartitions(id, { [id]: [] }),
    addPartitions(id, {}, { version: 0 }),
    describe(id),
  ]),
  script('add partitions: the same one twice', (id) => [
    makeLog(id),
    init(id),
    addPartitions(id, { [id]: [0, 0] }),
    describe(id),
  ]),
  script('add partitions: of internal topics', (id) => [
    init(id),
    addPartitions(id, { __consumer_offsets: [0] }),
    addPartitions(id, { __transaction_state: [0] }),
    addPartitions(id, { __cluster_metadata: [0] }),
    describe(id),
  ]),
  script('add partitions: names that no topic can have', (id) => [
    init(id),
    addPartitions(id, { '': [0], 'a/b': [0], '..': [0] }),
  ]),
  script('add partitions: the next transaction begins', (id) => [
    ...opened(id, 2),
    ...commit(id),
    addPartitions(id, { [id]: [1] }),
    describe(id),
    ...abort(id),
    addPartitions(id, { [id]: [0] }),
    describe(id),
  ]),
  script('add many: several transactions at once', (id) => [
    makeLog(id, { partitions: 2 }),
    init(`${id}-a`, { as: 'a' }),
    init(`${id}-b`, { as: 'b' }),
    addMany([
      { transactionalId: `${id}-a`, parts: { [id]: [0] }, who: who('a') },
      { transactionalId: `${id}-b`, parts: { [id]: [0, 1] }, who: who('b') },
    ]),
    describe(`${id}-a`, `${id}-b`),
  ]),
  script('add many: version 4', (id) => [
    makeLog(id),
    init(id),
    addMany([{ transactionalId: id, parts: { [id]: [0] } }], 4),
    addMany([{ transactionalId: id, parts: { [id]: [0] }, verifyOnly: true }], 4),
    describe(id),
  ]),
  script('add many: one is right, one is fenced, one is unknown', (id) => [
    makeLog(id),
    init(`${id}-a`, { as: 'a' }),
    init(`${id}-b`, { as: 'b' }),
    addMany([
      { transactionalId: `${id}-a`, parts: { [id]: [0] }, who: who('a') },
      { transactionalId: `${id}-b`, parts: { [id]: [0] }, who: who('b', { epochs: -1 }) },
      { transactionalId: `${id}-c`, parts: { [id]: [0] }, who: STRANGER },
    ]),
    describe(`${id}-a`, `${id}-b`, `${id}-c`),
  ]),
  script('add many: a topic that does not exist', (id) => [
    makeLog(id),
    init(id),
    addMany([{ transactionalId: id, parts: { [id]: [0], [`${id}-not`]: [0] } }]),
    addMany([{ transactionalId: id, parts: { [id]: [1] } }]),
    describe(id),
  ]),
  script('add many: nothing', (id) => [
    init(id),
    addMany([]),
    addMany([{ transactionalId: id, parts: {} }]),
    describe(id),
  ]),
  script('verify: added or not', (id) => [
    ...opened(id, 3),
    verify(id, { [id]: [0] }),
    verify(id, { [id]: [1] }),
    verify(id, { [id]: [0, 2] }),
    verify(id, { [`${id}-not`]: [0] }),
    describe(id),
  ]),
  script('verify: before and after a transaction', (id) => [
    makeLog(id),
    init(id),
    verify(id, { [id]: [0] }),
    addPartitions(id, { [id]: [0] }),
    ...commit(id),
    verify(id, { [id]: [0] }),
  ]),
  script('verify: by somebody else', (id) => [
    ...opened(id),
    verify(id, { [id]: [0] }, who('producer', { epochs: 1 })),
    verify(id, { [id]: [0] }, STRANGER),
    verify(`${id}-not`, { [id]: [0] }),
    verify('', { [id]: [0] }),
  ]),
];
