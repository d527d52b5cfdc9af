/** The steps that ask outside, as text: enrich with its URL, and what tests in the text say instead of the world. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { pipeline, runCase, serde, topic } from '../streams/index.ts';
import { pipelineOfText } from './build.ts';
import { pipelineSchema } from './schema.ts';

const withStep = (step: string, rest = '') => `pipeline: p\nfrom: in\nsteps:\n${step}\nto: out\n${rest}`;
const enrich = (options: string) => withStep(`  - enrich: { ${options} }`);
const read = (text: string) => pipelineOfText(text, 'p.yaml', () => 'a\nb');

const problems = (text: string): string[] => {
  const { pipeline: made, tests } = read(text);
  return tests.flatMap((one) => runCase(made, one));
};

test('a URL makes the plan that TypeScript makes', () => {
  // biome-ignore lint/suspicious/noExplicitAny: values of any shape
  type Any = any;
  const text = enrich(
    "url: 'http://crm/{value.id}', into: customer, ttl: 1h, negativeTtl: 1s, maxEntries: 5, atOnce: 2, attempts: 3, timeout: 1s, onMissing: dead-letter, onFailure: pass",
  );
  const url = (r: { readonly value: Any }) => `http://crm/${encodeURIComponent(r.value.id as string)}`;
  const limits = {
    ttl: '1h',
    negativeTtl: '1s',
    maxEntries: 5,
    atOnce: 2,
    attempts: 3,
    timeout: '1s',
  } as const;
  const inTypeScript = pipeline('p')
    .from(topic('in', { value: serde.json<Any>() }))
    .enrich({ url, ...limits, onMissing: 'dead-letter', onFailure: 'pass' }, (value, customer) => ({
      ...value,
      customer,
    }))
    .to(topic('out', { value: serde.json<Any>() }));
  assert.equal(read(text).pipeline.plan(), inTypeScript.plan());
  assert.ok(new Ajv({ allowUnionTypes: true }).compile(pipelineSchema())(parse(text)));
});

test('what is wrong with it is told with its place, and the editor says so too', () => {
  const valid = new Ajv({ allowUnionTypes: true }).compile(pipelineSchema());
  const told: [text: string, message: RegExp, isSeenByEditors: boolean][] = [
    [enrich('url: http://crm/x'), /4:13: .*'into' is missing\. Add into: a text/, true],
    [
      enrich('into: c'),
      /'url' is missing\. Add url: a URL such as http:\/\/crm:8080\/customers\/\{value\.customer\}/,
      true,
    ],
    [
      enrich('url: crm/x, into: c'),
      /4:20: .*'crm\/x' is no URL with a host that is written out\. Such as/,
      true,
    ],
    [enrich("url: 'http://{value.host}/x', into: c"), /no URL with a host that is written out/, true],
    [enrich("url: 'http://crm.{value.host}/x', into: c"), /no URL with a host that is written out/, true],
    [
      enrich("url: 'http://crm/{value.id', into: c"),
      /4:32: .*there is a '\{' without its '\}'\. Write %7B/,
      false,
    ],
    [enrich("url: 'http://crm/a}', into: c"), /there is a '\}' without its '\{'\. Write %7D/, false],
    [enrich("url: 'http://crm/{}', into: c"), /there is nothing in the braces/, false],
    [
      enrich("url: 'http://crm/{id}', into: c"),
      /4:33: .*reads 'id', which is not known\. A field of the value is value\.id/,
      false,
    ],
    [enrich("url: 'http://crm/{[1]}', into: c"), /gives list.*Needed is string/, false],
    [enrich("url: 'http://crm/', into: c, onFailure: retry"), /it is one of dead-letter, pass, wait/, true],
    [
      enrich("url: 'http://crm/', into: c, onFailure: wait, attempts: 3"),
      /attempts has no meaning with onFailure 'wait'/,
      false,
    ],
    [
      enrich("url: 'http://crm/', into: c, headers: { 'a b': x }"),
      /'a b' is no header that can be sent/,
      false,
    ],
    [
      enrich("url: 'http://crm/', into: c, headers: { a: { file: token } }"),
      /'a' is no header that can be sent/,
      false,
    ],
    [enrich("url: 'http://crm/', into: c, headers: { a: { env: X } }"), /there is no option 'env'/, true],
    [
      withStep('  - serialise: json\n  - enrich: { url: http://crm/, into: c }'),
      /the answer goes into a field of the value, which is not read as json here/,
      false,
    ],
  ];
  for (const [text, message, isSeen] of told) {
    assert.throws(() => read(text), message, text);
    assert.equal(valid(parse(text)), !isSeen, text);
  }
});

const TESTS = (answers: string, outcome: string) =>
  withStep(
    "  - enrich: { url: 'http://crm/{value.id}', into: c }\n  - exec: [python3, clean.py]\n    as: clean",
    `tests:\n  - name: t\n${answers}    in: [{ value: { id: a } }, { value: { id: b } }]\n${outcome}`,
  );

test('a test says what the world outside answers: by the question, or in order; without it the test says how', () => {
  const byQuestion = "enrich: { 'http://crm/a': { tier: gold }, 'http://crm/b': null }";
  const told = '    out: [{ value: { n: 1 } }, { value: { n: 2 } }, { value: { n: 3 } }]\n';
  const inOrder = 'clean: [{ value: { n: 1 } }, { values: [{ n: 2 }, { n: 3 }] }]';
  assert.deepEqual(problems(TESTS(`    answers: { ${byQuestion}, ${inOrder} }\n`, told)), []);
  const failing =
    '    deadLetters: [{ step: enrich, message: no route }, { step: clean, message: what is it }]\n';
  const errors = "enrich: [{ error: no route }, { tier: gold }], clean: [{ error: 'what is it?' }]";
  assert.deepEqual(problems(TESTS(`    answers: { ${errors} }\n`, failing)), []);
  assert.deepEqual(problems(TESTS('', '')), [
    "'enrich' asks outside, and nobody answers here. Say in the test what it is told: answers: { enrich: { 'http://crm/a': … } }",
  ]);
  assert.match(
    problems(TESTS(`    answers: { ${byQuestion} }\n`, told))[0]!,
    /^'clean' asks outside, and nobody answers here\. .*answers: \{ clean: \[\{ value: … \}\] \}$/,
  );
});

test('answers that do not fit are told', () => {
  assert.deepEqual(problems(TESTS('    answers: { enrihc: [] }\n', '')), [
    "answers: there is no step 'enrihc' that asks outside; those that do: enrich, clean",
  ]);
  const [first, second] = problems(TESTS("    answers: { enrich: { 'http://crm/a': 1 }, clean: [7] }\n", ''));
  assert.match(first!, /failed at clean: the test answers 7; a program answers \{ value: … \}/);
  assert.match(
    second!,
    /failed at enrich: the test has no answer to 'http:\/\/crm\/b'; it has some to 'http:\/\/crm\/a'/,
  );
  assert.match(
    problems(TESTS('    answers: { enrich: [1], clean: [] }\n', ''))[0]!,
    /the test has 0 answers, and it asks once more/,
  );
});
