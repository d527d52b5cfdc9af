import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { canonicalKafkajs, Lens, lens } from '../../canonical/index.ts';
import { PlanError } from '../plan-error.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';
import { headerText } from '../record.ts';
import type { LogRecord } from '../task/entry.ts';

const schema = {
  required: ['id', 'total'],
  properties: { id: { type: 'string' }, total: { type: 'number' }, state: { enum: ['new', 'paid', null] } },
};
const order = lens('order@1', { class: 'lens', schema, layout: 'spaced-ascii', order: ['orderNo', 'total'] })
  .rename({ orderNo: 'id' })
  .cast({ field: 'total', from: 'text', to: 'number', scale: 2 })
  .drop({ others: true })
  .definition();

const plan = pipeline('p').from(topic('raw')).canonicalise(order).to(topic('clean'));
const headersOf = ({ headers }: LogRecord) =>
  headers.filter(({ key }) => key !== 'x-src').map(({ key, value }) => [key, value?.toString('base64')]);

/** What a producer with the same definition sends; undefined: it refuses. */
async function sent(value: string): Promise<{ value: string; headers: unknown[] } | undefined> {
  let message: { value: Buffer; headers: Record<string, Buffer[]> } | undefined;
  const producer = {
    send: async ({ messages }: { messages: unknown[] }) => void (message = messages[0] as typeof message),
    sendBatch: async () => undefined,
    transaction: async () => ({}),
  };
  try {
    await canonicalKafkajs(producer, new Lens(order)).send({ messages: [{ value }] });
  } catch {
    return undefined;
  }
  const headers = Object.entries(message!.headers).map(([key, [one]]) => [key, one!.toString('base64')]);
  return { value: message!.value.toString(), headers };
}

test('what comes out is what a producer with the same definition sends, and the raw bytes come back from it', async () => {
  const raw = fc.record(
    {
      orderNo: fc.string(),
      total: fc.oneof(
        fc.constant('12.50'),
        fc.constant('free'),
        fc.integer({ min: 0, max: 99 }).map((n) => `${n}.07`),
      ),
      note: fc.string(),
    },
    { requiredKeys: ['total'] },
  );
  const space = fc.constantFrom(undefined, 1);
  await fc.assert(
    fc.asyncProperty(raw, space, async (record, indent) => {
      const text = JSON.stringify(record, null, indent);
      const driver = plan.test();
      driver.write('raw', { key: 'k', value: text });
      const [made] = driver.read('clean');
      const expected = await sent(text);
      assert.equal(made?.value?.toString(), expected?.value);
      if (made === undefined) {
        const [dead] = driver.read('dlq.p');
        assert.equal(dead!.value!.toString(), text);
        assert.equal(headerText(dead!.headers, '__streams.errors.reason'), 'invalid');
        return;
      }
      assert.deepEqual(headersOf(made), expected!.headers);
      const back = new Lens(order).toRaw({
        value: made.value,
        headers: made.headers.map(({ key, value }) => [key, value] as const),
      });
      assert.equal(Buffer.from(back.value!).toString(), text);
    }),
    { numRuns: 200 },
  );
});

test('what the definition refuses is dead-lettered as it was read, with step, field and reason', () => {
  const driver = plan.test();
  const values = ['{"orderNo":"a","total":"free"}', '{"total":"1.00"}', 'no json', ''];
  driver.write('raw', ...values.map((value) => ({ key: 'k', value })));
  assert.deepEqual(driver.read('clean'), []);
  const dead = driver.read('dlq.p');
  assert.deepEqual(
    dead.map(({ value }) => value!.toString()),
    values,
  );
  assert.deepEqual(
    dead.map(({ headers }) => headerText(headers, '__streams.errors.message')),
    [
      'step 2 (cast total): total: "free" is not a number',
      'id: is missing',
      'not JSON at byte 0: expected a value',
      'not JSON at byte 0: the text ends early',
    ],
  );
});

test('canonical once is canonical twice; a tombstone stays one', () => {
  const twice = pipeline('p').from(topic('raw')).canonicalise(order).canonicalise(order).to(topic('clean'));
  const record = { key: 'k', value: '{"orderNo": "a", "total": "1.50", "note": "gift"}' };
  const read = (one: typeof plan) => {
    const driver = one.test();
    driver.write('raw', record, { key: 'k', value: null });
    return driver.read('clean').map((made) => [made.value?.toString(), headersOf(made)]);
  };
  assert.deepEqual(read(twice), read(plan));
  assert.equal(read(plan)[1]![0], undefined);
});

test('records may say themselves in which dialect they are', () => {
  const flight = lens('flight@1', {
    class: 'lens',
    schema: { properties: { a: { type: 'string' } } },
  }).definition();
  const definition = {
    ...flight,
    dialects: new Map([['x', { ...flight.dialects.get('')!, form: 'flight@1/x' }]]),
  };
  const driver = pipeline('p')
    .from(topic('raw', { key: serde.text }))
    .canonicalise(definition, { dialect: (r) => r.key })
    .to(topic('clean', { key: serde.text }))
    .test();
  driver.write('raw', { key: 'x', value: '{"a":"1"}' }, { key: 'y', value: '{"a":"1"}' });
  assert.deepEqual(
    driver.read('clean').map(({ headers }) => headerText(headers, 'gregor-canonical')),
    ['flight@1/x'],
  );
  const [dead] = driver.read('dlq.p');
  assert.match(
    headerText(dead!.headers, '__streams.errors.message')!,
    /flight@1 has no dialect 'y'; it has x/,
  );
});

test('a dialect that is not there is refused before it runs; a lossy step stands in the plan with its reason', () => {
  assert.throws(
    () => pipeline('p').from(topic('raw')).canonicalise(order, { dialect: 'web' }),
    (error) =>
      error instanceof PlanError &&
      /canonicalise: order@1 has no dialect 'web'; it has none/.test(error.message),
  );
  const lossy = lens('card@1', { class: 'lossy', lossy: 'card numbers must not be kept', schema })
    .drop({ others: true })
    .definition();
  assert.match(
    pipeline('p').from(topic('raw')).canonicalise(lossy).to(topic('clean')).plan(),
    /canonicalise: card@1; LOSSY: card numbers must not be kept/,
  );
});
