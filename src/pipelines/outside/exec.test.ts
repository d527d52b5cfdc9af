/** exec, run with real programs: those that answer, die, hang, babble, and those that cannot run at all. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { nodeEnvironment, nodePrograms } from '../../env/node/index.ts';
import { type ExecOptions, headerText, pipeline, PlanError, serde, topic } from '../../streams/index.ts';
import { ArrayLog } from '../log-fixture.ts';
import { runUntil } from './run-fixture.ts';

const { clock } = nodeEnvironment('/nonexistent');
const N = 200;

const plan = (options: Partial<ExecOptions> & Pick<ExecOptions, 'command'>) =>
  pipeline('p', { commitEvery: '30ms' })
    .from(topic('in', { key: serde.nullable(serde.text), value: serde.json<unknown>() }))
    .exec({ as: 'clean', ...options })
    .to(topic('out', { key: serde.nullable(serde.text), value: serde.json<unknown>() }));

/** Answers what it is given; some texts bring it down. */
const PROGRAM = `
const lines = require('node:readline').createInterface({ input: process.stdin });
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\\n');
lines.on('line', (line) => {
  const { key, value, headers } = JSON.parse(line);
  if (value === 'die') { process.stderr.write('cannot stand it\\n'); process.exit(3); }
  if (value === 'hang') while (true);
  if (value === 'babble') return process.stdout.write('hello\\n');
  if (value === 'refuse') return say({ error: 'no such order' });
  if (value === 'drop') return say({ values: [] });
  if (value === 'twice') return say({ values: [1, 2] });
  say({ value: { key, value, headers } });
});`;
const program = [process.execPath, '-e', PROGRAM] as const;

const messagesOf = (log: ArrayLog) =>
  log
    .records('dlq.p')
    .map(({ value, headers }) => `${value}: ${headerText(headers, '__streams.errors.message')}`);

test('every record is answered once, in order, while others kill the program, hang it and make it babble', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  const special: Record<number, string> = {
    20: 'die',
    50: 'refuse',
    70: 'hang',
    90: 'babble',
    110: 'drop',
    130: 'twice',
  };
  const values = Array.from({ length: N }, (_, n) => special[n] ?? n);
  log.append('in', ...values.map((value) => ({ key: 'k', value })));
  const expected = values.flatMap((value): unknown[] => {
    if (value === 'twice') return [1, 2];
    return typeof value === 'string' ? [] : [{ key: 'k', value, headers: {} }];
  });
  let commits = 0;
  log.onCommit = () => {
    if (++commits === 2) throw new Error('the broker is gone');
    return false;
  };
  const told = await runUntil(
    plan({ command: program, timeout: '500ms', startup: '1500ms', attempts: 1, atOnce: 8 }),
    { log, clock, programs: nodePrograms },
    () => log.records('out').length >= expected.length,
  );
  assert.deepEqual(log.values('out'), expected);
  const dead = messagesOf(log);
  assert.equal(dead.length, 4);
  assert.match(dead[0]!, /^"die": .* ended with code 3: cannot stand it \(2 times with this record\)$/s);
  assert.equal(dead[1], '"refuse": no such order');
  assert.match(dead[2]!, /^"hang": .* did not answer within 2000 ms \(2 times with this record\)$/s);
  assert.match(dead[3]!, /^"babble": .* answered hello: an answer is one line, {"value": …}/s);
  assert.ok(told.some((line) => line.startsWith('pipeline.program.died clean')));
});

test('the very first record kills the program: it is told from a program that does not run', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  log.append('in', { key: 'k', value: 'die' });
  await runUntil(
    plan({ command: program, attempts: 2, startup: '1s' }),
    { log, clock, programs: nodePrograms },
    () => log.records('dlq.p').length === 1,
  );
  assert.match(messagesOf(log)[0]!, /3 times with this record/);
});

test('a program that does not run is an outage: it is told, nothing is dead-lettered, and when it is mended all is done', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-exec-'));
  try {
    for (const broken of ['', 'process.stderr.write("no module named pandas"); process.exit(1)']) {
      const file = path.join(folder, `clean${broken.length}.cjs`);
      if (broken !== '') writeFileSync(file, broken);
      const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
      log.append('in', { key: 'k', value: 1 }, { key: 'k', value: 2 });
      const startMs = clock.monotonic();
      let isMended = false;
      const told = await runUntil(
        plan({ command: [process.execPath, file], attempts: 1 }),
        { log, clock, programs: nodePrograms },
        () => {
          if (!isMended && clock.monotonic() > startMs + 1500) {
            writeFileSync(file, PROGRAM);
            isMended = true;
          }
          return log.records('out').length === 2;
        },
      );
      assert.deepEqual(messagesOf(log), []);
      const down = told.find((line) => line.startsWith('pipeline.outside.down'));
      assert.match(down!, broken === '' ? /Cannot find module/ : /ended with code 1: no module named pandas/);
      assert.equal(told.at(-1), 'pipeline.outside.back clean');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a program that takes longer to fail each time, as on a busy machine, is an outage too', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-exec-'));
  try {
    const file = path.join(folder, 'starts');
    const command = [
      process.execPath,
      '-e',
      `const fs = require('node:fs');
      const starts = fs.existsSync(${JSON.stringify(file)}) ? fs.readFileSync(${JSON.stringify(file)}).length : 0;
      fs.appendFileSync(${JSON.stringify(file)}, '.');
      setTimeout(() => process.exit(1), starts * 700);`,
    ] as const;
    const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
    log.append('in', { key: 'k', value: 1 });
    const startMs = clock.monotonic();
    const told = await runUntil(
      plan({ command, attempts: 1, startup: '4s' }),
      { log, clock, programs: nodePrograms },
      () => clock.monotonic() > startMs + 3000 || log.records('dlq.p').length > 0,
    );
    assert.deepEqual(messagesOf(log), []);
    assert.ok(told.some((line) => line.startsWith('pipeline.outside.down clean')));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a command that is none, and a runner that starts no programs, are told what to do', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1, 'dlq.p': 1 });
  log.append('in', { value: 1 });
  await assert.rejects(
    runUntil(plan({ command: program }), { log, clock }, () => false),
    (error) =>
      error instanceof PlanError &&
      /clean: programs are started only where that is allowed/.test(error.message),
  );
  let isTold = false;
  const told = await runUntil(
    plan({ command: ['/nonexistent/clean'] }),
    { log, clock, programs: nodePrograms },
    () => {
      if (!isTold) void clock.sleep(300).then(() => (isTold = true));
      return isTold;
    },
  );
  assert.match(
    told.find((line) => line.includes('outside.down'))!,
    /\/nonexistent\/clean could not be started: .*ENOENT/,
  );
  assert.throws(
    () => plan({ command: [] as never }),
    /exec: command is a list, the program and its arguments/,
  );
  assert.throws(() => plan({ command: program, atOnce: 0 }), /exec: atOnce is 0/);
  assert.throws(() => plan({ command: program, timeout: 0 }), /timeout is no time at all/);
});

test('bytes are no value for a program, and the line says all that there is', () => {
  const raw = pipeline('p')
    .from(topic('in'))
    .exec({ command: ['x'] })
    .to(topic('out', { value: serde.json() }));
  const driver = raw.test();
  driver.write('in', { value: 'x' });
  assert.match(
    headerText(driver.read('dlq.p')[0]!.headers, '__streams.errors.message')!,
    /exec takes values, not bytes: put parse\(…\) before it/,
  );
  const lossless = pipeline('p')
    .from(topic('in', { value: serde.lossless }))
    .exec({ command: ['x'] })
    .to(topic('out', { value: serde.json() }));
  const lines: unknown[] = [];
  const other = lossless.test({ answers: { exec: (line) => (lines.push(line), { value: 1 }) } });
  other.write('in', { key: 'k', value: '{"n":\n1.10}', headers: { h: 'x' }, timestampMs: 5 });
  assert.deepEqual(lines, ['{"key":"k","headers":{"h":"x"},"timestampMs":5,"value":{"n": 1.10}}']);
  assert.match(lossless.plan(), /exec: x; 10s for a record, 3 attempts/);
});
