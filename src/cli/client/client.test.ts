import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import { bootstrapOf, timeoutMsOf } from './bootstrap.ts';
import { explainClient } from './explain.ts';
import { lines } from './lines.ts';
import { stepOf } from './log-reader.ts';
import { parseOffsetSpec, resumeSpec } from './offset-spec.ts';
import { bytesJson, parseRecordJson } from './record-json.ts';
import { recordJson, recordLine } from './record-view.ts';
import { topicIdText } from './topic-id.ts';

test('brokers are named by flag, else by the environment, else the default', () => {
  const timeout = '10';
  assert.deepEqual(bootstrapOf({ timeout }, {}), [{ host: '127.0.0.1', port: 9092 }]);
  assert.deepEqual(bootstrapOf({ timeout }, { GREGOR_BOOTSTRAP: 'a:1,b' }), [
    { host: 'a', port: 1 },
    { host: 'b', port: 9092 },
  ]);
  assert.deepEqual(bootstrapOf({ timeout, bootstrapServer: '[::1]:2' }, { GREGOR_BOOTSTRAP: 'a:1' }), [
    { host: '::1', port: 2 },
  ]);
  assert.throws(() => bootstrapOf({ timeout, bootstrap: 'a:b:c' }, {}), /is not HOST:PORT/);
  assert.throws(() => timeoutMsOf({ timeout: 'soon' }), /not a number of seconds/);
});

test('a place to begin can be said in every usual way', () => {
  assert.deepEqual(parseOffsetSpec('start'), { kind: 'start' });
  assert.deepEqual(parseOffsetSpec('latest'), { kind: 'end' });
  assert.deepEqual(parseOffsetSpec('15'), { kind: 'offset', offset: 15n });
  assert.deepEqual(parseOffsetSpec('-10'), { kind: 'last', count: 10n });
  assert.deepEqual(parseOffsetSpec('@1764547200000'), { kind: 'time', timestamp: 1_764_547_200_000n });
  assert.deepEqual(parseOffsetSpec('2026-01-31T12:00Z'), {
    kind: 'time',
    timestamp: BigInt(Date.UTC(2026, 0, 31, 12)),
  });
  assert.throws(() => parseOffsetSpec('soon'), /none of start, end, 15/);
});

test('what a stopped reader prints is what the next one takes', () => {
  const next = new Map([
    [1, 20n],
    [0, 15n],
  ]);
  assert.equal(resumeSpec(next), '0:15,1:20');
  assert.deepEqual(parseOffsetSpec(resumeSpec(next)), {
    kind: 'each',
    offsets: new Map([
      [0, 15n],
      [1, 20n],
    ]),
  });
});

const record = {
  partition: 1,
  offset: 7n,
  timestamp: 1_764_547_200_000n,
  key: Buffer.from('k'),
  value: Buffer.from([0xff, 0xfe]),
  headers: [[Buffer.from('h'), null]] as const,
};

test('a record survives the way through JSON byte for byte', () => {
  const json = JSON.stringify(recordJson('t', record));
  assert.equal(
    json,
    '{"topic":"t","partition":1,"offset":7,"timestamp":1764547200000,"key":"k","value":{"base64":"//4="},"headers":[["h",null]]}',
  );
  const back = parseRecordJson(json);
  assert.deepEqual([back.key, back.value], [record.key, record.value]);
  assert.equal(parseRecordJson('{"value":null}').value, null);
  assert.equal(parseRecordJson('{"value":{"total":3}}').value!.toString(), '{"total":3}');
  assert.equal(bytesJson(Buffer.from('ä')), 'ä');
  assert.throws(() => parseRecordJson('{"key":"k"}'), /no "value"/);
  assert.throws(() => parseRecordJson('[]'), /not a JSON object/);
});

test('a record cannot steer the terminal that shows it', () => {
  const line = recordLine({ ...record, key: null, value: Buffer.from('a\u001b[2Jb\tc') });
  assert.equal(line, '2025-12-01 00:00:00.000         1:7  –                 a\\u001b[2Jb\\tc  (h=–)');
});

test('lines are cut as bytes, wherever the chunks are cut', async () => {
  const stream = Readable.from([Buffer.from('a\r\nb'), Buffer.from([0xff]), Buffer.from('\n\nlast')]);
  const cut: string[] = [];
  for await (const line of lines(stream)) cut.push(line.toString('latin1'));
  assert.deepEqual(cut, ['a', 'b\xff', '', 'last']);
});

test('topic ids look as Kafka’s tools print them', () => {
  assert.equal(topicIdText('00000000-0000-0000-0000-000000000001'), 'AAAAAAAAAAAAAAAAAAAAAQ');
});

const batch = (firstOffset: number, attributes: number, producerId: number, keys: (string | Buffer)[]) => ({
  firstOffset: BigInt(firstOffset),
  lastOffsetDelta: keys.length - 1,
  attributes,
  producerId: BigInt(producerId),
  partitionLeaderEpoch: 4,
  firstTimestamp: 100n,
  maxTimestamp: 900n,
  records: keys.map((key, offsetDelta) => ({
    offsetDelta,
    timestampDelta: BigInt(offsetDelta),
    key: Buffer.from(key),
    value: null,
    headers: [],
  })),
});
const TRANSACTIONAL = 0x10;
const MARKER = 0x30;
const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);
const answer = (records: object[], abortedTransactions: object[] = []) =>
  ({ partitionIndex: 2, records, abortedTransactions }) as unknown as Parameters<typeof stepOf>[0];

test('records of aborted transactions are never shown, committed ones of the same producer are', () => {
  const records = [
    batch(0, TRANSACTIONAL, 9, ['aborted']),
    batch(1, 0, -1, ['plain']),
    batch(2, MARKER, 9, [ABORT]),
    batch(3, TRANSACTIONAL, 9, ['committed']),
    batch(4, MARKER, 9, [COMMIT]),
    batch(5, TRANSACTIONAL, 9, ['aborted too']),
  ];
  const aborted = [
    { producerId: 9n, firstOffset: 5n },
    { producerId: 9n, firstOffset: 0n },
  ];
  const step = stepOf(answer(records, aborted), 0n)!;
  assert.deepEqual(
    step.records.map(({ key }) => key!.toString()),
    ['plain', 'committed'],
  );
  assert.equal(step.next, 6n);
  assert.equal(step.leaderEpoch, 4);
});

test('reading goes on after offsets that hold nothing to show, and skips what came before', () => {
  assert.equal(stepOf(answer([batch(3, MARKER, 9, [COMMIT])]), 3n)!.next, 4n);
  assert.deepEqual(
    stepOf(answer([batch(3, 0, -1, ['a', 'b', 'c'])]), 4n)!.records.map(({ offset }) => offset),
    [4n, 5n],
  );
  assert.equal(stepOf(answer([]), 4n), undefined);
});

test('with LogAppendTime all records of a batch bear the broker’s time', () => {
  const times = (attributes: number) =>
    stepOf(answer([batch(0, attributes, -1, ['a', 'b'])]), 0n)!.records.map(({ timestamp }) => timestamp);
  assert.deepEqual(times(0), [100n, 101n]);
  assert.deepEqual(times(0x08), [900n, 900n]);
});

test('what a broker says becomes one line and an exit code', () => {
  const library = (code: string, rest: object, errors?: Error[]) =>
    Object.assign(new Error('outer'), { code, ...rest, errors });
  const told = (error: Error) => {
    const { exitCode, message } = explainClient(error, 'orders') as { exitCode?: number; message: string };
    return [exitCode, message];
  };
  const inner = library('PLT_KFK_PROTOCOL', {
    apiId: 'TOPIC_ALREADY_EXISTS',
    serverErrorMessage: 'it exists',
  });
  assert.deepEqual(told(library('PLT_KFK_MULTIPLE', {}, [library('PLT_KFK_RESPONSE', {}, [inner])])), [
    4,
    'orders: it exists (TOPIC_ALREADY_EXISTS)',
  ]);
  const refused = (path: string, apiId: string) =>
    library('PLT_KFK_PROTOCOL', { path, apiId, serverErrorMessage: 'record 0: no' });
  const record = refused('/responses/0/partition_responses/0/record_errors/0', 'UNKNOWN_SERVER_ERROR');
  const partition = refused('/responses/0/partition_responses/0', 'INVALID_RECORD');
  assert.deepEqual(told(library('PLT_KFK_RESPONSE', {}, [record, partition])), [
    1,
    'orders: record 0: no (INVALID_RECORD)',
  ]);
  assert.deepEqual(told(library('PLT_KFK_NETWORK', { message: 'gone' })), [7, 'orders: gone']);
  assert.deepEqual(told(library('PLT_KFK_NETWORK', { message: 'Request timed out' })), [
    5,
    'orders: no answer in time (Request timed out)',
  ]);
  assert.deepEqual(told(library('PLT_KFK_AUTHENTICATION', { message: 'no' })), [6, 'orders: no']);
  const bug = new TypeError('bug');
  assert.equal(explainClient(bug, 'orders'), bug, 'a bug stays one');
});
