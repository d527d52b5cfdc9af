import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Ajv } from 'ajv';
import * as yaml from 'yaml';
import { parse } from 'yaml';
import orders from '../../examples/pipelines/orders.ts';
import { parseYamlDefinition } from '../canonical/index.ts';
import { pipeline, runCase, serde, siteOf, table, topic } from '../streams/index.ts';
import { pipelineOfText } from './build.ts';
import { pipelineSchema } from './schema.ts';
import { PipelineTextError } from './text-error.ts';

const examples = path.join(import.meta.dirname, '../../examples/pipelines');
const ordersText = readFileSync(path.join(examples, 'orders.yaml'), 'utf8');

/** Of a pipeline with these steps. */
const withSteps = (steps: string, to = 'to: out') =>
  `pipeline: p\nfrom: in\nsteps:\n${steps.replaceAll(/^/gm, '  ')}\n${to}\n`;
const built = (text: string) => pipelineOfText(text, 'p.yaml').pipeline;

function refusal(text: string): string {
  try {
    built(text);
  } catch (error) {
    assert.ok(error instanceof PipelineTextError, String(error));
    return error.message;
  }
  throw new Error(`nothing is wrong with ${text}`);
}

test('text and TypeScript make the same plan', () => {
  assert.equal(built(ordersText).plan(), orders.plan());
});

test('every step and option of the text makes the plan that TypeScript makes', () => {
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  type Any = any;
  const out = topic('out', { key: serde.text, value: serde.json<Any>() });
  const source = topic('in', { key: serde.text, value: serde.nullable(serde.json<Any>()) });
  const options = {
    commitEvery: '1s',
    deadLetter: 'broken',
    guarantee: 'at-least-once',
    version: '7',
  } as const;
  const inTypeScript = pipeline('p', options)
    .from(source)
    .merge(pipeline('p').from(topic('more', { key: serde.text, value: serde.nullable(serde.json<Any>()) })))
    .eventTime((r) => r.value.at, { maxOutOfOrder: '30s', idleAfter: '5s' })
    .map((r): Any => ({ id: r.value.no }))
    .flatMap((r) => r.value.items as Any[])
    .dedupe({ by: { header: 'id' }, window: { count: 5 }, keep: 'first', onLate: 'drop', because: 'old' })
    .reorder({
      by: 'event-time',
      grace: '1s',
      buffer: { total: 9 },
      overflow: 'release-oldest',
      as: 'sorted',
    })
    .keyBy((r) => r.value.id as string, { partitions: 4 })
    .reorder({
      ...{ group: { field: 'id' }, complete: 3, timeout: '1m', onTimeout: 'release' },
      ...{ overflow: 'pause', clock: 'processing' },
    })
    .branch({ few: (r) => r.value.n < 3 }, ({ few }) =>
      few.filter(() => true).to(topic('few', { key: serde.text, value: serde.json() })),
    )
    .to(out);
  const inText = `
pipeline: p
commitEvery: 1s
deadLetter: broken
guarantee: at-least-once
version: 7
from: [{ topic: in, key: text, value: json? }, { topic: more, key: text, value: json? }]
eventTime: { by: value.at, maxOutOfOrder: 30s, idleAfter: 5s }
steps:
  - map: { id: value.no }
  - flatMap: value.items
  - dedupe: { by: { header: id }, window: { count: 5 }, keep: first, onLate: drop }
    because: old
  - reorder: { by: event-time, grace: 1s, buffer: { total: 9 }, overflow: release-oldest }
    as: sorted
  - keyBy: { key: value.id, partitions: 4 }
  - reorder: { group: { field: id }, complete: 3, timeout: 1m, onTimeout: release, overflow: pause, clock: processing }
  - branch:
      few: { when: value.n < 3, steps: [filter: 'true'], to: few }
to: out
`;
  assert.equal(built(inText).plan(), inTypeScript.plan());
});

test('a step knows the line of its text', () => {
  const { layout } = built(withSteps('- filter: value.a > 1\n- keyBy: value.id'));
  const places = layout.stages[0]!.nodes.map(({ node }) => siteOf(node)!);
  assert.deepEqual(
    places.map(({ file, line, column }) => `${file}:${line}:${column}`),
    ['p.yaml:2:7', 'p.yaml:2:7', 'p.yaml:4:5', 'p.yaml:5:5', 'p.yaml:6:5'],
  );
});

test('what is wrong is told with its place, the reason and the way out', () => {
  const told: [text: string, message: string][] = [
    [withSteps('- dedup: {}'), "p.yaml:4:5: steps[0]: there is no step 'dedup'. Did you mean 'dedupe'?"],
    [
      withSteps('- dedupe: { windw: { time: 1s } }'),
      "p.yaml:4:15: steps[0].dedupe: there is no option 'windw'. Did you mean 'window'?",
    ],
    [
      withSteps('- dedupe: { by: value.id }'),
      "p.yaml:4:13: steps[0].dedupe: 'window' is missing. Add window: a mapping",
    ],
    [
      withSteps('- dedupe: { window: {} }'),
      "p.yaml:4:5: steps[0].dedupe: window needs a limit, { time: '24h' } or { count: 1_000_000 } or both",
    ],
    [
      withSteps('- dedupe: { window: { time: 5 minutes } }'),
      "p.yaml:4:31: steps[0].dedupe.window.time: it must be a duration, not the text '5 minutes'. Write 200ms, 30s, 5m, 24h or 7d",
    ],
    [
      withSteps('- dedupe: { window: { count: many } }'),
      "p.yaml:4:32: steps[0].dedupe.window.count: it must be a whole number, not the text 'many'",
    ],
    [
      withSteps('- filter: valeu.total > 0'),
      "p.yaml:4:13: steps[0].filter: the expression 'valeu.total > 0' reads 'valeu', which is not known. Did you mean 'value'?",
    ],
    [
      withSteps("- filter: 'total > 0'"),
      "p.yaml:4:14: steps[0].filter: the expression 'total > 0' reads 'total', which is not known. A field of the value is value.total. There are key, value, headers, timestamp, topic, partition, offset",
    ],
    [
      withSteps('- filter: 1 + 2'),
      "p.yaml:4:13: steps[0].filter: the expression '1 + 2' gives int. Needed is bool",
    ],
    [
      withSteps('- keyBy: value.id\n  dedupe: {}'),
      "p.yaml:5:5: steps[0]: 'dedupe' stands beside 'keyBy'. Each step is an item of its own: begin its line with '-'",
    ],
    [
      withSteps('- reorder: { gap: {} }'),
      'p.yaml:4:14: steps[0].reorder: it does not say by what. Give it sequence: …, by: event-time, or group: … with complete: …',
    ],
    [
      withSteps('- filter: "true"\n  as: a\n- filter: "true"\n  as: a'),
      "p.yaml:8:5: to: two steps are called 'a': state is found by the name",
    ],
    [
      withSteps('- keyBy: value.id', 'to: { topic: out, key: raw }'),
      'p.yaml:5:5: to: key: raw does not fit, the key is text here. Say key: text here',
    ],
    [
      withSteps('- keyBy: value.id', 'to: a/b'),
      "p.yaml:5:5: to: 'a/b' is no topic name. Letters, digits, '.', '_' and '-', at most 249",
    ],
    ['pipeline: p\nfrom: in\n', "p.yaml:1:1: 'to' is missing. Add to: the topic that it writes"],
    [
      'pipeline: p\nfrom: in\nto: out\nstep: []\n',
      "p.yaml:4:1: there is no entry 'step'. Did you mean 'steps'?",
    ],
    ['pipeline: p\nfrom: in\nfrom: in\nto: out\n', 'p.yaml:3:1: Map keys must be unique. Write it once'],
    [
      'pipeline: [\n',
      'p.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'pipeline: p\nfrom: { topic: in, value: jsn }\nto: out\n',
      "p.yaml:2:27: from.value: it is one of raw, text, text?, json, json?, json-lossless, json-lossless?, not the text 'jsn'. Did you mean 'json'?",
    ],
  ];
  for (const [text, message] of told) assert.equal(refusal(text), message);
});

test('a group can be complete by a condition over its records', () => {
  const driver = built(
    withSteps(
      '- keyBy: value.id\n- reorder: { group: key, complete: "records.exists(r, r.value.last)", order: value.n, timeout: 1m }',
    ),
  ).test();
  driver.write('in', { value: { id: 'a', n: 2, last: false } }, { value: { id: 'a', n: 1, last: true } });
  assert.deepEqual(
    driver.values('out').map((value) => (value as { n: number }).n),
    [1, 2],
  );
});

test('tests in the text run; what differs is said', () => {
  const { pipeline: made, tests } = pipelineOfText(ordersText, 'orders.yaml');
  for (const one of tests) assert.deepEqual(runCase(made, one), [], one.name);
  assert.equal(tests.length, 3);
  const text = `${withSteps('- filter: value.n > 1')}tests:
  - name: t
    in: [{ value: { n: 1 } }, { value: { n: 2 } }, { value: { n: 3 } }, { value: nothing }]
    out: [{ value: { n: 2 } }, { value: { n: 4 } }, { value: { n: 5 } }]
`;
  const other = pipelineOfText(text, 'p.yaml');
  assert.equal(other.tests[0]!.site!.line, 7);
  const errors = runCase(other.pipeline, other.tests[0]!);
  assert.deepEqual(errors.slice(0, 2), [
    'out, record 2: value: expected {"n":4}, came {"n":3}',
    'out, record 3: expected {"value":{"n":5}}, nothing came',
  ]);
  assert.match(
    errors[2]!,
    /^dlq.p \(dead letters\), record 1: not expected: key null, value "nothing", unreadable at parse: /,
  );
});

test('the schema for editors takes what the reader takes, and refuses what it refuses', () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(pipelineSchema());
  assert.ok(validate(parse(ordersText)), JSON.stringify(validate.errors));
  const wrong = [
    withSteps('- dedup: {}'),
    withSteps('- dedupe: { by: value.id }'),
    withSteps('- dedupe: { window: { time: 5 minutes } }'),
    withSteps('- reorder: { gap: {} }'),
    withSteps('- map: value.a\n  because: x'),
    'pipeline: p\nfrom: in\n',
  ];
  for (const text of wrong) assert.equal(validate(parse(text)), false, text);
});

test('formats, tables and definitions by file make the plan that TypeScript makes', () => {
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  type Any = any;
  const lens = `canonical: order@1
class: lens
steps: [{ rename: { no: id } }]
examples: ['{"no":"a"}']
schema: { required: [id], properties: { id: { type: string } } }`;
  const proto = 'syntax = "proto3"; package shop; message Row { string id = 1; }';
  const files: Record<string, string> = {
    'order.yaml': lens,
    'row.avsc': '{"type":"record","name":"Row","fields":[{"name":"id","type":"string"}]}',
    'row.proto': proto,
  };
  const text = `
pipeline: p
deadLetter: d
state: { store: disk, folder: /tmp/state }
from: { topic: in, value: raw }
steps:
  - canonicalise: { definition: order.yaml }
  - parse: json
  - keyBy: value.id
    as: by-id
  - join: { table: customers, into: customer, kind: left }
  - join: { table: { topic: rates, value: { csv: { columns: [id, rate] } } }, into: rate, global: true, on: value.currency, asOf: event-time, keepVersions: 1d, grace: 5s }
  - branch:
      a: { when: value.a, to: { topic: a, value: { avro: row.avsc } } }
      b: { when: value.b, to: { topic: b, value: { protobuf: { file: row.proto, message: shop.Row } } } }
to: out
`;
  const out = (name: string, value: Any) => topic(name, { key: serde.text, value });
  const inTypeScript = pipeline('p', { deadLetter: 'd', state: { store: 'disk', folder: '/tmp/state' } })
    .from(topic('in'))
    .canonicalise(parseYamlDefinition(lens, 'order.yaml', yaml))
    .parse(serde.json<Any>())
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .join(table('customers', { key: serde.text, value: serde.json<Any>() }), { kind: 'left' }, (a) => a)
    .join(
      table('rates', { key: serde.text, value: serde.csv({ columns: ['id', 'rate'] }), global: true }),
      { on: (r) => r.value.currency, asOf: 'event-time', keepVersions: '1d', grace: '5s' },
      (a) => a,
    )
    .branch({ a: (r) => r.value.a, b: (r) => r.value.b }, ({ a, b }) => [
      a.to(out('a', serde.avro(files['row.avsc']!))),
      b.to(out('b', serde.protobuf(proto, 'shop.Row'))),
    ])
    .to(out('out', serde.json()));
  const made = pipelineOfText(
    text,
    'p.yaml',
    (name) => files[name] ?? assert.fail(`no file ${name}`),
  ).pipeline;
  assert.equal(made.plan(), inTypeScript.plan());
  assert.match(
    refusal(text),
    /^p.yaml:7:33: steps\[0\].canonicalise.definition: 'order.yaml' cannot be read: /,
  );
  assert.match(refusal(text.replace('value: raw', 'value: json')), /cannot be read/);
  assert.equal(
    refusal(withSteps('- parse: json')),
    'p.yaml:4:5: steps[0].parse: the value is read already. Say value: raw where the topic is read (from)',
  );
  const driver = built(`pipeline: p
from: { topic: in, key: text }
steps: [{ join: { table: customers, into: customer, kind: left } }]
to: out
`).test();
  driver.write('customers', { key: 'a', value: { name: 'Ada' } });
  driver.write('in', { key: 'a', value: { n: 1 } }, { key: 'b', value: { n: 2 } });
  assert.deepEqual(driver.values('out'), [
    { n: 1, customer: { name: 'Ada' } },
    { n: 2, customer: null },
  ]);
});

test('lossless JSON is read with every digit and passed on byte for byte', () => {
  const driver = built(`pipeline: p
from: { topic: in, value: json-lossless }
steps: [{ filter: value.id == 9007199254740993 && value.n > 1 }, { keyBy: value.id }]
to: out
`).test();
  const value = '{"id": 9007199254740993, "n":1.10}';
  driver.write('in', { value: value.replace('93', '92') }, { value });
  assert.deepEqual(
    driver.read('out').map((record) => [String(record.key), String(record.value)]),
    [['9007199254740993', value]],
  );
});

test('windows make the plan that TypeScript makes', () => {
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  const start = pipeline('p')
    .from(topic('in', { value: serde.json<any>() }))
    .keyBy((r) => r.value.id);
  const out = topic('out', { key: serde.text, value: serde.json<any>() });
  const cases: [text: string, plan: string][] = [
    [
      '- keyBy: value.id\n- window: { hopping: 5m, every: 1m, sum: value.total, grace: 10s, emit: on-update }',
      start
        .window({ hopping: '5m', every: '1m' }, { grace: '10s', emit: 'on-update' })
        .sum((r) => r.value.total)
        .to(out)
        .plan(),
    ],
    [
      '- keyBy: value.id\n- window: { session: 5m, aggregate: count, onLate: drop }\n  because: old\n  as: visits',
      start
        .window({ session: '5m' }, { onLate: 'drop', because: 'old', as: 'visits' })
        .count()
        .to(out)
        .plan(),
    ],
  ];
  for (const [text, plan] of cases) assert.equal(built(withSteps(text)).plan(), plan);
  assert.match(
    refusal(withSteps('- window: { tumbling: 1m }')),
    /^p.yaml:4:5: steps\[0\].window: say what of: aggregate: count, or sum/,
  );
  assert.match(
    refusal(withSteps('- window: { aggregate: count }')),
    /say one of tumbling, hopping and session/,
  );
  assert.match(
    refusal(withSteps('- window: { hopping: 1m, sum: value.n }')),
    /hopping and every belong together/,
  );
});

test('programs make the plan that TypeScript makes; what is no list is told', () => {
  const start = () => pipeline('p').from(topic('in', { value: serde.json() }));
  const out = topic('out', { value: serde.json() });
  const plans = [
    ['- exec: [python3, clean.py]', start().exec({ command: ['python3', 'clean.py'] })],
    [
      '- exec: { command: [./clean], timeout: 5s, attempts: 2, atOnce: 8 }\n  as: clean',
      start().exec({ command: ['./clean'], timeout: '5s', attempts: 2, atOnce: 8, as: 'clean' }),
    ],
  ] as const;
  for (const [text, stream] of plans) assert.equal(built(withSteps(text)).plan(), stream.to(out).plan());
  assert.match(
    refusal(withSteps('- exec: python3 clean.py')),
    /steps\[0\]\.exec: it must be a list, not the text 'python3 clean\.py'/,
  );
});

test('joins of two streams and throttle make the plan that TypeScript makes', () => {
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  type Any = any;
  const text = `pipeline: p
from: orders
steps:
  - eventTime: value.at
  - keyBy: value.id
  - join: { stream: payments, steps: [{ eventTime: value.at }, { keyBy: value.order }], within: { before: 1m, after: 5m }, into: payment, kind: left, grace: 1s }
    as: paid
  - throttle: { rate: 10, per: 1m, burst: 2 }
to: out
`;
  const read = (name: string) =>
    pipeline('p')
      .from(topic(name, { value: serde.json<Any>() }))
      .eventTime((r) => r.value.at);
  const inTypeScript = read('orders')
    .keyBy((r) => r.value.id)
    .join(
      read('payments').keyBy((r) => r.value.order),
      { within: { before: '1m', after: '5m' }, kind: 'left', grace: '1s', as: 'paid' },
      (order): Any => order,
    )
    .throttle({ rate: 10, per: '1m', burst: 2 })
    .to(topic('out', { key: serde.text, value: serde.json<Any>() }));
  assert.equal(built(text).plan(), inTypeScript.plan());
  const driver = built(text.replace(/ {2}- throttle.*\n/, '')).test();
  driver.write('orders', { value: { id: 'a', at: 1000 } });
  driver.write('payments', { value: { order: 'a', at: 2000, sum: 5 } });
  assert.deepEqual(driver.values('out'), [{ id: 'a', at: 1000, payment: { order: 'a', at: 2000, sum: 5 } }]);
  assert.match(
    refusal(withSteps('- join: { into: x }')),
    /it does not say with what. Give it table: a topic/,
  );
});

test('Redis as a cache makes the plan that TypeScript makes', () => {
  const store = { redis: 'redis://127.0.0.1:6379' };
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  type Any = any;
  const text = `pipeline: p
from: in
steps:
  - keyBy: value.id
  - dedupe: { window: { time: 1h }, store: { redis: 'redis://127.0.0.1:6379' } }
to: out
`;
  const inTypeScript = pipeline('p')
    .from(topic('in', { value: serde.json<Any>() }))
    .keyBy((r) => r.value.id)
    .dedupe({ window: { time: '1h' }, store })
    .to(topic('out', { key: serde.text, value: serde.json<Any>() }));
  assert.equal(built(text).plan(), inTypeScript.plan());
  const reorder = withSteps(
    "- reorder: { sequence: value.n, start: 1, gap: { timeout: 1m }, store: { redis: 'redis://127.0.0.1:6379' } }",
  );
  assert.match(built(reorder).plan(), /held in Redis at 127.0.0.1:6379/);
  assert.match(
    refusal(
      text.replace(
        "{ redis: 'redis://127.0.0.1:6379' }",
        "{ redis: 'redis://127.0.0.1:6379', shared: true }",
      ),
    ),
    /^p\.yaml:5:\d+: steps\[1\]\.dedupe\.store\.shared: tasks of several partitions cannot share .+ with a keyBy before this step/,
  );
  assert.equal(
    refusal(text.replace('redis://127.0.0.1:6379', 'localhost')),
    "p.yaml:5:5: steps[1].dedupe: store.redis is 'localhost'; it is an address such as redis://127.0.0.1:6379",
  );
});
