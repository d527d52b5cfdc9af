/** Definitions on the log, as people use them: the program against a broker. Each command once as a process, then more of them in one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
  type CanonicalRecord,
  FORM_HEADER,
  HASH_HEADER,
  Lens,
  parseDefinition,
} from '../../canonical/index.ts';
import { startBroker } from '../../testing/index.ts';
import { WarmGregor } from '../../../test/cli/warm-gregor.ts';

const program = path.join(import.meta.dirname, '../../../bin/gregor.mjs');

const ORDER = `
canonical: order@1
class: lens
steps:
  - rename: { no: id }
  - cast: { field: total, from: text, to: number, scale: 2 }
examples: ['{"no":"a","total":"1.50"}']
schema: { required: [id], properties: { id: { type: string }, total: { type: number } } }`;

function run(
  parameters: readonly string[],
  group = ['canonical'],
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...group, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (err += bytes));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const appended = ({ value, headers }: CanonicalRecord) => ({
  value: Buffer.from(value!),
  headers: Object.fromEntries(headers.map(([name, text]) => [name, Buffer.from(text!)])),
});

test('a definition is tried, published once, and turns records back', async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-canonical-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'order.lens.yaml');
  writeFileSync(file, ORDER);
  await using broker = await startBroker({ topics: { raw: 1, orders: 1, again: 1 } });
  await using warm = new WarmGregor();
  const at = ['-b', broker.bootstrap];
  const further = (...parameters: string[]) => warm.run(['canonical', ...parameters, ...at]);
  await broker.append('raw', [{ value: '{"no":"a","total":"1.5"}' }, { value: '{"no":"b","total":"1,5"}' }]);

  await context.test(
    'its laws are tried with records of a topic, and it is refused when they break one',
    async () => {
      const refused = await run(['publish', file, '--topic', 'raw', ...at]);
      assert.equal(refused.code, 1);
      assert.match(
        refused.err,
        /^raw, partition 0, offset 1: order@1: step 2 \(cast total\): total: "1,5" is not a number\n/,
      );
      const [listed, warned] = [
        await run(['list', ...at]),
        await further('publish', file, '--topic', 'raw', '--warn'),
      ];
      assert.equal(listed.out, '');
      assert.deepEqual(JSON.parse(warned.out), { id: 'order@1', isNew: true, recordsTried: 2 });
    },
  );

  await context.test('a version never changes', async () => {
    const other = path.join(folder, 'other.yaml');
    writeFileSync(other, ORDER.replace('scale: 2', 'scale: 3'));
    const [same, changed, shown] = await Promise.all([
      further('publish', file),
      further('publish', other),
      run(['show', 'order@1', ...at]),
    ]);
    assert.deepEqual(JSON.parse(same.out), { id: 'order@1', isNew: false, recordsTried: 0 });
    assert.equal(changed.code, 4);
    assert.match(changed.err, /order@1 is published already, with other contents: .* Publish order@2/);
    assert.equal(JSON.parse(shown.out).canonical, 'order@1');
  });

  await context.test('restore gives every byte back, or names what is missing', async () => {
    const lens = new Lens(await parseDefinition(ORDER));
    const raws = ['{"no":"a","total":"1.50"}', '{ "total":"01.5", "no":"é" }\n'];
    await broker.append(
      'orders',
      raws.map((raw) => appended(lens.toCanonical(Buffer.from(raw)))),
    );
    const restored = await run(['restore', 'orders', '--to', 'again', ...at]);
    assert.deepEqual([restored.code, restored.err], [0, 'orders: 2 of 2 records restored\n']);
    const back: string[] = [];
    for await (const record of broker.read('again', { from: 'start', until: 'end' }))
      back.push(record.text());
    assert.deepEqual(back, raws);

    const record = appended(lens.toCanonical(Buffer.from(raws[0]!)));
    const { [FORM_HEADER]: form, [HASH_HEADER]: hash } = record.headers;
    await broker.append('orders', [
      { ...record, value: Buffer.from('{"id":"b","total":1.5}') },
      { ...record, headers: { [FORM_HEADER]: 'order@7', [HASH_HEADER]: hash! } },
      { ...record, headers: { [FORM_HEADER]: form! } },
      { value: 'plain' },
    ]);
    const partly = await further('restore', 'orders');
    assert.equal(partly.code, 1);
    assert.equal(partly.out.trim().split('\n').length, 2);
    assert.match(partly.err, /^orders: 2 of 6 records restored\n/);
    assert.match(
      partly.err,
      /1 not: its hash is not that of raw-sha256: it was changed \(first: partition 0, offset 2\)/,
    );
    assert.match(partly.err, /1 not: its definition order@7 is not published .*offset 3\)/);
    assert.match(partly.err, /1 not: it has no header raw-sha256 \(first: partition 0, offset 4\)/);
    assert.match(partly.err, /1 not: it has no header gregor-canonical: .*offset 5\)/);
    const audited = await run(['audit', 'orders', ...at]);
    assert.equal(audited.code, 1);
    const { records, lossless, losslessRatio, missing } = JSON.parse(audited.out);
    assert.deepEqual([records, lossless, losslessRatio, missing.length], [6, 2, 1 / 3, 4]);
  });
});

test('a definition whose laws hold ends with 0, one that is wrong with 2 and its line', async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-canonical-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'order.yaml');
  writeFileSync(file, ORDER);
  writeFileSync(path.join(folder, 'wrong.yaml'), ORDER.replace('class: lens', 'class: best'));
  writeFileSync(path.join(folder, 'refused.yaml'), ORDER.replace('"1.50"', '"1,50"'));
  const [good, wrong, refused, away] = await Promise.all([
    run(['test', file, '--runs', '50', '--seed', '1']),
    run(['test', path.join(folder, 'wrong.yaml')]),
    run(['test', path.join(folder, 'refused.yaml')]),
    run(['test', path.join(folder, 'nowhere.yaml')]),
  ]);
  assert.deepEqual([good!.code, wrong!.code, refused!.code, away!.code], [0, 2, 1, 3]);
  assert.equal(JSON.parse(good!.out).generated, 50);
  assert.match(wrong!.err, /wrong.yaml:3: class: "best" is none of iso, injection, lens, lossy\n$/);
  assert.match(JSON.parse(refused!.out).violation.reason, /total: "1,50" is not a number/);
});

test('complements on a topic: restore and audit read them, and name exactly the one that is not there', async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-canonical-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'order.lens.yaml');
  const text = `${ORDER}\ncomplement: topic\n`;
  writeFileSync(file, text);
  await using broker = await startBroker({ topics: { orders: 1 } });
  await using warm = new WarmGregor();
  const further = (...parameters: string[]) => warm.run(['canonical', ...parameters, '-b', broker.bootstrap]);
  const published = await further('publish', file);
  assert.equal(published.code, 0, published.err);
  const lens = new Lens(await parseDefinition(text));
  const raws = ['{"no":"a","total":"1.50"}', '{"no":"b", "total":"2.00"}', '{"total":"3.00","no":"c"}'];
  const records = raws.map((raw) => lens.toCanonical(Buffer.from(raw)));
  assert.deepEqual(
    records.map(({ complement }) => complement?.topic),
    [undefined, 'order.complement', 'order.complement'],
  );
  const [, second, third] = records.map(({ complement }) => complement!);
  await broker.append('order.complement', [{ key: second!.key, value: Buffer.from(second!.value) }]);
  await broker.append('orders', records.map(appended));

  const partly = await further('restore', 'orders');
  assert.equal(partly.code, 1);
  assert.deepEqual(
    partly.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).value),
    raws.slice(0, 2),
  );
  assert.match(
    partly.err,
    /orders: 2 of 3 records restored\n {2}1 not: its complement is not in the topic order\.complement \(first: partition 0, offset 2, key order@1#[0-9a-f]{64}\)/,
  );
  await broker.append('order.complement', [{ key: third!.key, value: Buffer.from(third!.value) }]);
  const whole = await further('audit', 'orders');
  assert.deepEqual([whole.code, JSON.parse(whole.out).losslessRatio], [0, 1]);
});

test('a topic of definitions that would lose them is refused', async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-canonical-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'order.lens.yaml');
  writeFileSync(file, ORDER);
  await using broker = await startBroker({ topics: { __canonical: 1 } });
  const { code, err } = await run(['publish', file, '-b', broker.bootstrap]);
  assert.deepEqual([code, /__canonical has cleanup\.policy=delete/.test(err)], [4, true], err);
});

test('an audit that goes on tells Prometheus how it stands', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  await broker.append('orders', [{ value: 'plain "text"' }]);
  const audit = spawn(
    process.execPath,
    [program, 'canonical', 'audit', 'orders', '--metrics-port', '0', '-b', broker.bootstrap],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const [, url] = await new Promise<RegExpExecArray>((resolve) => {
      let said = '';
      audit.stderr.on('data', (bytes) => {
        said += bytes;
        const found = /metrics on (http:\S+)/.exec(said);
        if (found !== null) resolve(found);
      });
    });
    let text = '';
    while (!text.includes('checked_total{topic="orders"} 1')) text = await (await fetch(url!)).text();
    assert.match(text, /^gregor_canonical_lossless_ratio\{topic="orders"\} 0$/m);
    assert.match(
      text,
      /^gregor_canonical_records_missing_total\{topic="orders",reason="it has no header .*"\} 1$/m,
    );
    assert.match(
      text,
      /^gregor_canonical_last_failure_offset\{topic="orders",partition="0",reason=".*"\} 0$/m,
    );
    assert.match(text, /^gregor_canonical_last_failure_timestamp_seconds\{topic="orders"\} 1[0-9.]+$/m);
    await broker.append('orders', [{ value: 'another' }]);
    while (!text.includes('checked_total{topic="orders"} 2')) text = await (await fetch(url!)).text();
    assert.equal((await fetch(url!.replace('/metrics', '/other'))).status, 404);
  } finally {
    audit.kill('SIGKILL');
  }
});

test('a schema is published once, when records fit it, and shown again', async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-schema-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'order.schema.json');
  writeFileSync(file, '{\n  "type": "object",\n  "required": ["id"]\n}\n');
  writeFileSync(path.join(folder, 'wrong.json'), '{"type":"nothing"}');
  await using broker = await startBroker({ topics: { orders: 1 } });
  await using warm = new WarmGregor();
  const schema = (...parameters: string[]) => run(['schema', ...parameters, '-b', broker.bootstrap], []);
  const further = (...parameters: string[]) => warm.run([...parameters, '-b', broker.bootstrap]);
  await broker.append('orders', [{ value: '{"id":1}' }, { value: '{"no":1}' }]);
  const refused = await schema('publish', 'order@1', file, '--topic', 'orders');
  assert.deepEqual(
    [refused.code, refused.err],
    [1, 'orders, partition 0, offset 1: /id is missing\nNot published\n'],
  );
  const wrong = await further('schema', 'publish', 'order@1', path.join(folder, 'wrong.json'));
  assert.deepEqual([wrong.code, /wrong\.json cannot be used: /.test(wrong.err)], [2, true]);
  const publish = () => further('schema', 'publish', 'order@1', file);
  assert.deepEqual(JSON.parse((await publish()).out).isNew, true);
  assert.deepEqual(JSON.parse((await publish()).out).isNew, false);
  writeFileSync(file, '{"type":"object"}');
  assert.match((await publish()).err, /already, with other contents: .* Publish order@2/);
  assert.equal((await schema('show', 'order@1')).out, '{"type":"object","required":["id"]}\n');
  assert.equal((await schema('list')).out, '{"id":"order@1","characters":35}\n');
  assert.equal((await further('schema', 'show', 'order@2')).code, 3);

  const set = (...settings: string[]) => further('topic', 'set', 'orders', ...settings);
  assert.match(
    (await set('gregor.schema=order@2')).err,
    /order@2 is not published: gregor schema publish order@2 FILE/,
  );
  assert.equal((await set('gregor.schema')).code, 2);
  const byProcess = ['set', 'orders', 'gregor.schema=order@1', '-b', broker.bootstrap];
  assert.deepEqual(JSON.parse((await run(byProcess, ['topic'])).out).configs, { 'gregor.schema': 'order@1' });
  await assert.rejects(broker.append('orders', [{ value: '{"no":2}' }]), /INVALID_RECORD.*\/id is missing/);
  assert.equal((await set('gregor.schema=')).code, 0);
  await broker.append('orders', [{ value: '{"no":2}' }]);
});
