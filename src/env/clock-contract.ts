/** What every Clock must do, as tests: each adapter runs them over itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from './clock.ts';

export type UseClock = (body: (clock: Clock) => Promise<void>) => Promise<void>;

export function clockContract(adapter: string, use: UseClock): void {
  const check = (promise: string, body: (clock: Clock) => Promise<void>) =>
    test(`${adapter}: ${promise}`, () => use(body));

  check('sleep takes its time', async (clock) => {
    const before = clock.monotonic();
    await clock.sleep(15);
    assert.ok(clock.monotonic() - before >= 13.5); // real timers may be a millisecond early
  });

  check('an aborted sleep ends at once and is no error', async (clock) => {
    const before = clock.monotonic();
    const abort = new AbortController();
    clock.after(2, () => abort.abort());
    await clock.sleep(60_000, abort.signal);
    await clock.sleep(60_000, abort.signal);
    assert.ok(clock.monotonic() - before < 10_000);
  });

  check('after wakes once, and never once it is cancelled', async (clock) => {
    const woken: string[] = [];
    clock.after(5, () => woken.push('second'));
    clock.after(1, () => woken.push('first'));
    clock.after(3, () => woken.push('never'))();
    await clock.sleep(30);
    assert.deepEqual(woken, ['first', 'second']);
  });

  check('a far alarm does not go off at once', async (clock) => {
    let woken = false;
    const cancel = clock.after(2 ** 33, () => (woken = true));
    await clock.sleep(10);
    assert.equal(woken, false);
    cancel();
  });

  check('a turn lets others run, without waiting', async (clock) => {
    const before = clock.monotonic();
    for (let i = 0; i < 100; i++) await clock.turn();
    assert.ok(clock.monotonic() - before < 5000);
  });
}
