/** enrich over HTTP, run: what each status means, what becomes of a service that is away, and that secrets go along. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Http, HttpAnswer } from '../../env/index.ts';
import { nodeEnvironment } from '../../env/node/index.ts';
import { pipelineOfText } from '../../pipeline-text/index.ts';
import { headerText } from '../../streams/index.ts';
import { ArrayLog } from '../log-fixture.ts';
import { runUntil } from './run-fixture.ts';

const { clock } = nodeEnvironment('/nonexistent');

const built = (options: string) =>
  pipelineOfText(
    `
pipeline: p
commitEvery: 30ms
from: in
steps:
  - enrich: { url: 'http://crm/customers/{value.customer}', into: found, ${options} }
to: out
`,
    'p.yaml',
    () => ' secret\n',
  ).pipeline;

const answer = (status: number, body: unknown = '', location: string | null = null): HttpAnswer => ({
  status,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  location,
});

/** Answers one after the other; the last one again and again. */
class Service implements Http {
  readonly asked: { readonly url: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  readonly #answers: (HttpAnswer | Error)[];

  constructor(...answers: (HttpAnswer | Error)[]) {
    this.#answers = answers;
  }

  async get(url: string, { headers }: Parameters<Http['get']>[1]): Promise<HttpAnswer> {
    this.asked.push({ url, headers });
    const next = this.#answers.length > 1 ? this.#answers.shift()! : this.#answers[0]!;
    if (next instanceof Error) throw next;
    return next;
  }
}

async function outcome(options: string, http: Http, customers: readonly unknown[] = ['a']) {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  log.append('in', ...customers.map((customer) => ({ value: { customer } })));
  const isDone = () => log.records('out').length + log.records('dlq.p').length >= customers.length;
  const told = await runUntil(built(options), { log, clock, http }, isDone);
  const dead = log
    .records('dlq.p')
    .map(({ headers }) =>
      ['reason', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)).join(': '),
    );
  return { out: log.values('out') as { found: unknown }[], dead, told };
}

test('what a record says becomes a piece of the URL and nothing else; equal ones are asked once; nothing is asked without one', async () => {
  const service = new Service(answer(200, { tier: 'gold' }));
  const customers = ['a/b?c', 7, 'a/b?c', null, ''];
  const { out } = await outcome('headers: { authorization: { file: t }, x: y }', service, customers);
  assert.deepEqual(
    out.map(({ found }) => found),
    [{ tier: 'gold' }, { tier: 'gold' }, { tier: 'gold' }, null, null],
  );
  assert.deepEqual(
    service.asked.map(({ url }) => url),
    ['http://crm/customers/a%2Fb%3Fc', 'http://crm/customers/7'],
  );
  assert.deepEqual(service.asked[0]!.headers, {
    accept: 'application/json',
    authorization: 'secret',
    x: 'y',
  });
});

test('what leads to another place is refused, and so is what is no piece of a URL', async () => {
  const service = new Service(answer(200, {}));
  const { dead } = await outcome('attempts: 2', service, ['..', { a: 1 }]);
  assert.deepEqual(dead, [
    "invalid: '..' in a URL leads to another place",
    'invalid: a URL takes text and numbers, not {"a":1}',
  ]);
  assert.deepEqual(service.asked, []);
});

test('no answer is no failure: null in the field, or the dead letter topic', async () => {
  for (const status of [204, 404, 410])
    assert.deepEqual((await outcome('onMissing: pass', new Service(answer(status)))).out, [
      { customer: 'a', found: null },
    ]);
  assert.deepEqual((await outcome('onMissing: dead-letter', new Service(answer(404)))).dead, [
    "missing: there is nothing about 'http://crm/customers/a'",
  ]);
});

test('what may pass is tried again, what will not is refused at once', async () => {
  const passing = [answer(503), answer(429), answer(200, '<html>'), new Error('connect ECONNREFUSED')];
  for (const first of passing) {
    const service = new Service(first, answer(200, 1));
    assert.deepEqual((await outcome('attempts: 2', service)).out, [{ customer: 'a', found: 1 }]);
  }
  const refused: [HttpAnswer, string][] = [
    [answer(401, 'who are you?'), "failed: 'http://crm/customers/a' answered 401: who are you?"],
    [
      answer(301, '', 'https://crm/'),
      "failed: 'http://crm/customers/a' answered 301 and leads to https://crm/: ask there",
    ],
  ];
  for (const [first, message] of refused) {
    const service = new Service(first, answer(200, 1));
    assert.deepEqual((await outcome('attempts: 2', service)).dead, [message]);
    assert.equal(service.asked.length, 1);
  }
  assert.deepEqual((await outcome('attempts: 2', new Service(answer(500, 'oh')))).dead, [
    "failed: the lookup of 'http://crm/customers/a' failed 2 times, at last: 'http://crm/customers/a' answered 500: oh",
  ]);
});

test('a service that is away: records go on without it, or wait for it, which is told once', async () => {
  const away = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const passed = await outcome('attempts: 1, onFailure: pass', new Service(away));
  assert.deepEqual(passed.out, [{ customer: 'a', found: null }]);
  const waited = await outcome('onFailure: wait', new Service(away, away, answer(200, 'here'.length)));
  assert.deepEqual(waited.out, [{ customer: 'a', found: 4 }]);
  assert.deepEqual(
    waited.told.filter((one) => one.startsWith('pipeline.outside')),
    [
      "pipeline.outside.down enrich the lookup of 'http://crm/customers/a' failed: connect ECONNREFUSED 127.0.0.1:1; it is asked until it answers",
      'pipeline.outside.back enrich',
    ],
  );
  const refused = await outcome('onFailure: wait', new Service(answer(403)));
  assert.deepEqual(refused.dead, ["failed: 'http://crm/customers/a' answered 403"]);
});

test('where nobody asks over HTTP the pipeline is refused', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  await assert.rejects(
    runUntil(built('attempts: 1'), { log, clock }, () => false),
    /enrich: nothing is asked over HTTP here/,
  );
});
