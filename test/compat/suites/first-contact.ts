/**
 * First contact, for the suites in TypeScript: from making the clients to the first record in hand, on a topic that exists
 * and on one that comes into being by being used. On Gregor the new topic may cost at most 100 ms more, and the client must
 * warn of nothing; elsewhere both are only told.
 */
import assert from 'node:assert/strict';

export const IS_GREGOR = process.env['COMPAT_TARGET'] === 'gregor';
const ROUNDS = 5;
const EXTRA_MS_MAX = 100;

export interface Contact {
  /** Said in the result: who comes first. */
  readonly order: string;
  makeTopic(topic: string): Promise<unknown>;
  /** Resolves with the end of the clients, which is not measured, once the first record is in hand. */
  firstRecord(topic: string): Promise<() => Promise<unknown>>;
}

/** The sentence for the suite's last line. `warnings` is where the client's log goes. */
export async function firstContact(prefix: string, contact: Contact, warnings: string[]): Promise<string> {
  const taken = { existing: Infinity, new: Infinity };
  warnings.length = 0;
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of ['existing', 'new'] as const) {
      const topic = `${prefix}-${round}-${kind}`;
      if (kind === 'existing') await contact.makeTopic(topic);
      const began = performance.now();
      const end = await contact.firstRecord(topic).catch((error: Error) => error);
      if (end instanceof Error) {
        if (IS_GREGOR || kind === 'existing') throw end;
        return `${contact.order}: fails on a new topic (${end.message})`;
      }
      // The best of several: a busy machine makes some rounds slow, a retry or a backoff makes all of them slow.
      taken[kind] = Math.min(taken[kind], performance.now() - began);
      await end();
    }
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const told = `${contact.order}: ${ms(taken.new)} on a new topic, ${ms(taken.existing)} on an existing one, ${warnings.length} warnings`;
  if (IS_GREGOR) {
    assert.deepEqual(warnings, [], told);
    assert.ok(taken.new - taken.existing <= EXTRA_MS_MAX, told);
  }
  return told;
}
