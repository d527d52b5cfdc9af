/** What expressions say of a record, and what they cannot reach. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { headerText } from '../streams/index.ts';
import { pipelineOfText } from './build.ts';

const built = (text: string) => pipelineOfText(text, 'p.yaml').pipeline;

/** Of a pipeline with these steps. */
const withSteps = (steps: string) =>
  `pipeline: p\nfrom: in\nsteps:\n${steps.replaceAll(/^/gm, '  ')}\nto: out\n`;

test('expressions: numbers of JSON mix with written ones; what is not there is that record’s own error', () => {
  const driver = built(
    withSteps(`- map:
    sum: value.n + 1
    part: value.n / 2
    text: string(value.n) + "-" + value.s
    big: "2 * 3"
    list: value.list.map(x, x * 2)
    maybe: value.?gone.orValue("none")
    from: topic + "/" + string(partition) + "/" + string(offset)
    header: headers.h
    at: timestamp`),
  ).test();
  const value = { n: 3, s: 'x', list: [1, 2.5] };
  driver.write('in', { value, headers: { h: 'y' }, timestampMs: 5 }, { value: {} });
  assert.deepEqual(driver.values('out'), [
    {
      sum: 4,
      part: 1.5,
      text: '3-x',
      big: 6,
      list: [2, 5],
      maybe: 'none',
      from: 'in/0/0',
      header: 'y',
      at: 5,
    },
  ]);
  const [dead] = driver.read('dlq.p');
  assert.equal(headerText(dead!.headers, '__streams.errors.reason'), 'failed');
  assert.equal(
    headerText(dead!.headers, '__streams.errors.message'),
    "there is no field 'n' (in 'value.n + 1')",
  );
});

test('an expression reaches nothing but the record', () => {
  for (const source of ['value.constructor', 'value.__proto__', 'value.toString']) {
    const driver = built(withSteps(`- map: ${source}`)).test();
    driver.write('in', { value: {} });
    assert.equal(driver.read('out').length, 0, source);
    assert.equal(driver.read('dlq.p').length, 1, source);
  }
  assert.throws(() => built(withSteps('- map: process.env')), /reads 'process', which is not known/);
});

test('set and remove keep the other fields; a key may be a number', () => {
  const driver = built(
    withSteps('- set: { total: value.price * value.count }\n- remove: [price]\n- keyBy: value.count'),
  ).test();
  driver.write('in', { value: { id: 'a', price: 1.5, count: 4 } }, { value: 'text' }, { value: '"text"' });
  const [out] = driver.read('out');
  assert.deepEqual(
    [String(out!.key), JSON.parse(String(out!.value))],
    ['4', { id: 'a', count: 4, total: 6 }],
  );
  assert.equal(driver.read('dlq.p').length, 2);
});
