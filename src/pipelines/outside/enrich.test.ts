/** enrich, run: what is remembered, how much is outside at once, what becomes of a lookup that fails. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { nodeEnvironment } from '../../env/node/index.ts';
import { type EnrichOptions, headerText, pipeline, PlanError, serde, topic } from '../../streams/index.ts';
import { ArrayLog } from '../log-fixture.ts';
import { runUntil } from './run-fixture.ts';

const { clock } = nodeEnvironment('/nonexistent');

interface Order {
  readonly n: number;
  readonly customer?: string;
}

const plan = (options: EnrichOptions<Buffer | null, Order, string, string>) =>
  pipeline('p', { commitEvery: '30ms' })
    .from(topic('in', { value: serde.json<Order>() }))
    .enrich({ on: (r) => r.value.customer, ...options }, ({ n }, name) => `${n} ${name ?? 'nobody'}`)
    .to(topic('out', { value: serde.json<string>() }));

test('each id is looked up once, at most so many at a time, and what there is and what there is not is remembered', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  const asked: string[] = [];
  let [open, most] = [0, 0];
  const enriched = plan({
    atOnce: 3,
    lookup: async (id) => {
      asked.push(id);
      most = Math.max(most, ++open);
      await clock.sleep(id.length * 3);
      open--;
      return id === 'cc' ? null : id.toUpperCase();
    },
  });
  const ids = ['a', 'bbbb', 'cc', undefined, 'd', 'eee', 'f'];
  const orders = Array.from({ length: 70 }, (_, n) => ({ n, customer: ids[n % ids.length]! }));
  log.append('in', ...orders.map((value) => ({ value })));
  await runUntil(enriched, { log, clock }, () => log.records('out').length >= 70);
  const names: Record<string, string | undefined> = { a: 'A', bbbb: 'BBBB', d: 'D', eee: 'EEE', f: 'F' };
  assert.deepEqual(
    log.values('out'),
    orders.map(({ n, customer }) => `${n} ${names[customer] ?? 'nobody'}`),
  );
  assert.deepEqual(asked.sort(), ['a', 'bbbb', 'cc', 'd', 'eee', 'f']);
  assert.ok(most <= 3, `${most} at once`);
});

test('what is remembered grows old, sooner when there was nothing, and the one that was used longest ago makes room', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  const asked: string[] = [];
  const enriched = plan({
    ttl: '1h',
    negativeTtl: '1ms',
    maxEntries: 2,
    atOnce: 1,
    lookup: (id) => {
      asked.push(id);
      return id === 'none' ? undefined : id;
    },
  });
  const ids = ['a', 'b', 'a', 'c', 'a', 'b', 'none', 'none'];
  let written = 0;
  await runUntil(enriched, { log, clock }, () => {
    if (log.records('out').length === written && written < ids.length)
      log.append('in', { value: { n: 0, customer: ids[written++] } });
    return log.records('out').length === ids.length;
  });
  assert.deepEqual(asked, ['a', 'b', 'c', 'b', 'none', 'none']);
});

test('a lookup that fails or hangs is tried again; when that does not help, its record is dead-lettered alone, with what was said', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  const tries = new Map<string, number>();
  const aborted: string[] = [];
  const enriched = plan({
    attempts: 2,
    timeout: '50ms',
    lookup: async (id, { signal }) => {
      const nth = (tries.get(id) ?? 0) + 1;
      tries.set(id, nth);
      if (id === 'shaky' && nth === 1) throw new Error('try again');
      if (id === 'broken') throw new Error('no route to host');
      if (id === 'slow') {
        signal.addEventListener('abort', () => aborted.push(id));
        await new Promise(() => undefined);
      }
      return id;
    },
  });
  log.append('in', ...['shaky', 'broken', 'slow', 'fine'].map((customer, n) => ({ value: { n, customer } })));
  await runUntil(
    enriched,
    { log, clock },
    () => log.records('out').length + log.records('dlq.p').length >= 4,
  );
  assert.deepEqual(log.values('out'), ['0 shaky', '3 fine']);
  assert.deepEqual(
    log
      .records('dlq.p')
      .map(({ headers }) =>
        ['reason', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)).join(': '),
      ),
    [
      "failed: the lookup of 'broken' failed 2 times, at last: no route to host",
      "failed: the lookup of 'slow' failed 2 times, at last: no answer within 50 ms",
    ],
  );
  assert.deepEqual(aborted, ['slow', 'slow']);
});

test('wrong options are refused; a test without the world outside answers itself', () => {
  const lookup = () => 'x';
  assert.throws(() => plan({ lookup, maxEntries: 0 }), /enrich: maxEntries is 0; it is 1 or more/);
  assert.throws(() => plan({ lookup: 'url' as never }), PlanError);
  assert.throws(() => plan({ lookup, ttl: 'soon' as never }), /enrich: ttl/);
  const driver = plan({ lookup }).test({ answers: { enrich: (id) => `${String(id)}!` } });
  driver.write(
    'in',
    { value: { n: 1, customer: 'a' } },
    { value: { n: 2 } },
    { value: { n: 3, customer: {} } },
  );
  assert.deepEqual(driver.values('out'), ['1 a!', '2 nobody']);
  assert.match(
    headerText(driver.read('dlq.p')[0]!.headers, '__streams.errors.message')!,
    /what is looked up is of type object/,
  );
  assert.match(
    plan({ lookup }).plan(),
    /enrich: answers are good for 5m, that there is none for 30s; at most 10000 in memory, 32 at once, 5 attempts/,
  );
});
