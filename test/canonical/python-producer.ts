/**
 * Python's CanonicalProducer around an idempotent aiokafka producer: it finds its definition on the log, and what it sent comes back; also
 * where complements lie on a topic: then Python's own audit and restore find them, and name the one that is not there.
 *
 *   node test/canonical/python-producer.ts
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import {
  type Header,
  Lens,
  parseDefinition,
  parseJsonDefinition,
  printJson,
} from '../../src/canonical/index.ts';
import { startBroker } from '../../src/testing/index.ts';
import { python } from '../compat/suites.ts';

const SCRIPT = path.join(import.meta.dirname, '../../python/tests/producer.py');
const RAWS = ['{"no": "a", "total": "1.50"}', '{"total":"2","no":"é"}'];
const REFUSED = '{"no": 1}';

const found = python('')();
if ('missing' in found) {
  console.log(`✖ ${found.missing}`);
  process.exit(process.env['CI'] === undefined ? 0 : 1);
}
const definition = await parseDefinition(`
canonical: order@1
dialects:
  shop:
    class: lens
    layout: spaced-ascii
    steps: [{ rename: { no: id } }, { cast: { field: total, from: text, to: number, scale: 2 } }]
schema: { required: [id], properties: { id: { type: string }, total: { type: number } } }`);
await using broker = await startBroker({ topics: { orders: 1, __canonical: 1 } });
await broker.append('__canonical', [{ key: definition.id, value: printJson(definition.document) }]);

const said = await run(found.run[0]!, [SCRIPT, broker.bootstrap, 'orders', 'order@1/shop', ...RAWS, REFUSED]);
assert.equal(said, 'refused id: must be string, not a number (1)\n');
const lens = new Lens(definition, 'shop');
const back: string[] = [];
for await (const record of broker.read('orders', { from: 'start', until: 'end' })) {
  const headers = record.headers.map(([name, value]): Header => [String(name), Buffer.from(value!)]);
  const raw = lens.toRaw({ value: record.value, headers });
  assert.equal(raw.isExact, true);
  assert.deepEqual(raw.headers, [['trace', Buffer.from('t')]]);
  back.push(Buffer.from(raw.value!).toString());
}
assert.deepEqual(back, RAWS);
console.log(`✔ aiokafka: ${back.length} records came back byte for byte, one was refused`);

await complementsOnATopic(found.run[0]!);

async function complementsOnATopic(program: string): Promise<void> {
  const side = `{"canonical":"note@1","class":"lens","complement":"topic","steps":[{"drop":{"fields":["trace"]}}],
    "schema":{"required":["id"],"properties":{"id":{"type":"integer"}}}}`;
  await using log = await startBroker({ topics: { notes: 2, 'note.complement': 2, __canonical: 1 } });
  await log.append('__canonical', [{ key: 'note@1', value: side }]);
  const raws = Array.from({ length: 50 }, (_, id) =>
    id % 2 === 0 ? `{"id": ${id}, "trace": "t${id}"}` : `{"id":${id}}`,
  );
  const at = ['-b', log.bootstrap];
  assert.equal(await run(program, [SCRIPT, log.bootstrap, 'notes', 'note@1', ...raws]), '');
  const audited = JSON.parse(await run(program, ['-m', 'gregor_log.canonical', 'audit', 'notes', ...at]));
  assert.deepEqual([audited.records, audited.losslessRatio], [50, 1]);

  const gone = new Lens(parseJsonDefinition(side)).toCanonical(Buffer.from(raws[4]!));
  await log.append('note.complement', [{ key: gone.complement!.key, value: null, partition: 0 }]);
  await log.append('note.complement', [{ key: gone.complement!.key, value: null, partition: 1 }]);
  const lines = (await run(program, ['-m', 'gregor_log.canonical', 'restore', 'notes', ...at]))
    .trim()
    .split('\n');
  const restored = lines.map((line) => JSON.parse(line).value as string);
  assert.deepEqual(restored.sort(), raws.filter((raw) => raw !== raws[4]).sort());
  const { missing } = JSON.parse(await run(program, ['-m', 'gregor_log.canonical', 'audit', 'notes', ...at]));
  assert.deepEqual(
    missing.map(({ reason, count, key }: Record<string, unknown>) => [reason, count, key]),
    [['its complement is not in the topic note.complement', 1, String(gone.complement!.key)]],
  );
  console.log(
    `✔ aiokafka, complements on a topic: ${restored.length} came back, the one without its own is named`,
  );
}

function run(program: string, parameters: readonly string[]): Promise<string> {
  const env = { ...process.env, PYTHONPATH: path.join(import.meta.dirname, '../../python') };
  const child = spawn(program, parameters, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}
