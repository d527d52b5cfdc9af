/** Any sequence of requests, timeouts and restarts: what is true of every transaction, whoever asks what and in which order. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  DEFAULT_TRANSACTION_SETTINGS,
  Decision,
  type IdentityAnswer,
  TransactionMind,
  type TransactionRecord,
} from './index.ts';

const ID = 'x';
const TIMEOUT_MS = 10_000;

type Step =
  | { readonly kind: 'init'; readonly who: number; readonly named: boolean }
  | { readonly kind: 'add'; readonly who: number; readonly partition: number; readonly late: boolean }
  | {
      readonly kind: 'end';
      readonly who: number;
      readonly commit: boolean;
      readonly version: 4 | 5;
      readonly late: boolean;
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' };

const who = fc.integer({ min: 0, max: 2 });
const late = fc.boolean();
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('init' as const), who, named: fc.boolean() }),
    fc.record({ kind: fc.constant('add' as const), who, partition: fc.integer({ min: 0, max: 3 }), late }),
    fc.record({
      kind: fc.constant('end' as const),
      who,
      commit: fc.boolean(),
      version: fc.constantFrom(4 as const, 5 as const),
      late,
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2 * TIMEOUT_MS }) }),
    fc.constant({ kind: 'restart' as const }),
  ),
  { maxLength: 60 },
);

interface Identity {
  producerId: number;
  producerEpoch: number;
}

class World {
  #mind = new TransactionMind(DEFAULT_TRANSACTION_SETTINGS);
  #log: TransactionRecord[] = [];
  #nowMs = 0;
  #timers = new Map<string, number>();
  #ids = 0;
  /** What each instance was told, newest last: a late request names an older one. */
  readonly #told: Identity[][] = [[], [], []];
  /** Partitions of the open transaction, by the records alone. */
  #open = new Set<string>();
  #newest: Identity = { producerId: -1, producerEpoch: -1 };

  play(step: Step): void {
    if (step.kind === 'wait') return this.#wait(step.ms);
    if (step.kind === 'restart') return this.#restart();
    const told = this.#told[step.who]!;
    const isLate = step.kind !== 'init' && step.late && told.length > 1;
    const identity = told.at(isLate ? -2 : -1) ?? { producerId: -1, producerEpoch: -1 };
    const before = this.#newest;
    if (step.kind === 'init') {
      const named = step.named ? identity : { producerId: -1, producerEpoch: -1 };
      const base = { transactionalId: ID, timeoutMs: TIMEOUT_MS, enable2Pc: false, keepPreparedTxn: false };
      this.#identity(step.who, (decision, id) => this.#mind.init(decision, 1, { ...base, ...named }, id));
      return;
    }
    const isPresent =
      identity.producerId === before.producerId && identity.producerEpoch === before.producerEpoch;
    const written = this.#log.length;
    if (step.kind === 'add') {
      const partitions = [{ topic: 't', partition: step.partition }];
      const question = { transactionalId: ID, ...identity, partitions, clientVersion: 2 } as const;
      const code = this.#decide((decision) => this.#mind.add(decision, 1, question)) as number;
      if (code === 0)
        assert.ok(this.#open.has(`t-${step.partition}`), 'an added partition is in the transaction');
    } else {
      const request = { transactionalId: ID, ...identity, committed: step.commit };
      const ask = { request, version: step.version };
      this.#identity(step.who, (decision, id) => this.#mind.end(decision, 1, ask, id));
    }
    if (!isPresent)
      assert.equal(this.#log.length, written, 'somebody who was fenced, or a late request, did something');
  }

  #identity(instance: number, ask: (decision: Decision, id: number | undefined) => void): void {
    let answer = this.#decide((decision) => ask(decision, undefined)) as IdentityAnswer;
    if (answer.needsProducerId === true)
      answer = this.#decide((decision) => ask(decision, this.#ids++)) as IdentityAnswer;
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode === 0) this.#told[instance]!.push({ producerId, producerEpoch });
  }

  #decide(act: (decision: Decision) => void): unknown {
    const decision = new Decision({ wallMs: this.#nowMs, sessionMs: this.#nowMs });
    act(decision);
    for (const record of decision.records) this.#take(record);
    for (const [key, atMs] of decision.timers)
      if (atMs === null) this.#timers.delete(key);
      else this.#timers.set(key, atMs);
    return decision.answers.find(({ token }) => token === 1)?.response;
  }

  #take(record: TransactionRecord): void {
    const { value, ending } = record;
    assert.ok(value !== null);
    const { producerId, producerEpoch } = value;
    if (producerId === this.#newest.producerId)
      assert.ok(producerEpoch >= this.#newest.producerEpoch, 'an epoch fell');
    else assert.equal(producerEpoch, 0, 'a new id does not begin with epoch 0');
    if (ending !== undefined) {
      const marked = [...ending.partitions].flatMap(([topic, ids]) => [...ids].map((id) => `${topic}-${id}`));
      assert.deepEqual(new Set(marked), this.#open, 'markers and partitions differ');
      assert.equal(ending.producerId, this.#newest.producerId);
      assert.ok(ending.producerEpoch >= this.#newest.producerEpoch, 'a marker with an epoch of before');
      this.#open = new Set();
    } else {
      const partitions = (value.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
        partitionIds.map((id) => `${topic}-${id}`),
      );
      for (const partition of this.#open)
        assert.ok(partitions.includes(partition), 'a partition was forgotten');
      this.#open = new Set(partitions);
    }
    this.#newest = { producerId, producerEpoch };
    this.#log.push(record);
    this.#mind.replay(record);
    assert.deepEqual(
      this.#described(this.#mind),
      this.#described(this.#replayed()),
      'memory is not the replay',
    );
  }

  #replayed(): TransactionMind {
    const mind = new TransactionMind(DEFAULT_TRANSACTION_SETTINGS);
    for (const { type, key, value } of this.#log) mind.replay({ type, key, value });
    return mind;
  }

  #described(mind: TransactionMind): unknown {
    const decision = new Decision({ wallMs: this.#nowMs, sessionMs: this.#nowMs });
    mind.describe(decision, 1, ID);
    return decision.answers[0]?.response;
  }

  #wait(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1]);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1]);
      this.#decide((decision) => this.#mind.fire(decision, next[0]));
    }
    this.#nowMs = endMs;
  }

  #restart(): void {
    this.#mind = this.#replayed();
    this.#timers.clear();
    this.#decide((decision) => this.#mind.loaded(decision));
  }

  /** Whoever is silent loses the transaction. */
  end(): void {
    this.#wait(2 * TIMEOUT_MS);
    assert.equal(this.#open.size, 0, 'a transaction is open for ever');
  }
}

test('who was fenced does nothing, epochs rise, every partition gets its marker, memory is the replay', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World();
      for (const step of all) world.play(step);
      world.end();
    }),
    { numRuns: 400 },
  );
});

test('T8: the time in which the broker is down is not charged to an open transaction', () => {
  const records: TransactionRecord[] = [];
  const mind = new TransactionMind(DEFAULT_TRANSACTION_SETTINGS);
  const decide = (wallMs: number, act: (decision: Decision) => void) => {
    const decision = new Decision({ wallMs, sessionMs: wallMs });
    act(decision);
    for (const record of decision.records) {
      records.push(record);
      mind.replay(record);
    }
  };
  const identity = { producerId: -1, producerEpoch: -1 };
  const asked = { transactionalId: ID, timeoutMs: TIMEOUT_MS, enable2Pc: false, keepPreparedTxn: false };
  decide(1_000, (decision) => mind.init(decision, 1, { ...asked, ...identity }, 0));
  const add = (wallMs: number, partition: number) =>
    decide(wallMs, (decision) => {
      const partitions = [{ topic: 't', partition }];
      const own = { producerId: 0, producerEpoch: 0 };
      mind.add(decision, 1, { transactionalId: ID, ...own, partitions, clientVersion: 2 });
    });
  add(2_000, 0);
  add(5_000, 1);
  const after = new TransactionMind(DEFAULT_TRANSACTION_SETTINGS);
  for (const { type, key, value } of records) after.replay({ type, key, value });
  const decision = new Decision({ wallMs: 3_600_000, sessionMs: 50 });
  after.loaded(decision);
  assert.deepEqual([...decision.timers.values()], [50 + TIMEOUT_MS - 3_000]);
});
