/**
 * The demo of pipelines: real flights from three systems, late, some twice, some broken, become one topic in which every flight stands
 * once and in order; compared record for record with what a program says that never saw a log.
 *
 *   npm run demo:pipeline                              200,000 flights, state in memory; then again with Redis, where it is installed
 *   npm run demo:pipeline -- --rows 20000 --store redis
 *   npm run demo:pipeline -- --kills 100               100 kill -9 of the broker, 100 of the pipeline, Redis emptied 100 times
 *   npm run demo:pipeline -- --target kafka --kills 5  the same pipeline on Apache Kafka
 *
 * Exit code 1 on any difference. What is sent: traffic.py; what must come out: reference.py; the pipeline: flights.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { targetNames } from '../../../test/compat/targets.ts';
import { pythonWith } from '../python.ts';
import { firstOf, reference } from './outcome.ts';
import { hasRedis } from './redis-process.ts';
import { type RunOptions, type RunResult, run } from './run.ts';
import { number, oneOf, readOptions } from '../../options.ts';

const DATA = path.join(import.meta.dirname, '../../../node_modules/vega-datasets/data');

const { values } = readOptions(import.meta.filename, {
  rows: number(200_000),
  /** Without it both where Redis is there. */
  store: oneOf(['memory', 'redis', 'both']),
  /** Of the broker, as many of the pipeline, and as many times Redis is emptied. */
  kills: number(0),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
  seed: number(1),
});
const { rows, kills, seed } = values;
const found = pythonWith(['aiokafka', 'pyarrow']);
if ('missing' in found) {
  console.error(`The demo needs Python 3 and PyPI: ${found.missing}`);
  process.exit(1);
}
say(`${rows.toLocaleString('en')} flights; seed ${seed}`);
const expected = reference(found.python, DATA, rows);
let isRight = true;
for (const target of targetNames(values.target))
  for (const store of storesOf(values.store)) {
    const faults = { broker: kills, pipeline: kills, redis: store === 'redis' ? kills : 0 };
    isRight = (await once({ target, store, faults })) && isRight;
  }
process.exit(isRight ? 0 : 1);

async function once(what: Pick<RunOptions, 'target' | 'store' | 'faults'>): Promise<boolean> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-pipeline-demo-'));
  const python = (found as { python: string }).python;
  say(`${what.target}, ${what.store === 'redis' ? 'held in Redis' : 'state in memory'}`);
  try {
    const result = await run({ ...what, rows, seed, python, data: DATA, folder, expected, say });
    report(result);
    return result.wrong.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(result: RunResult): void {
  const { sent, duplicates, broken, outputs, deadLetters, faults, ends, seconds, wrong, said } = result;
  const input = sent + duplicates + broken;
  const reasons = [...deadLetters].map(([reason, count]) => `${count} ${reason}`).join(', ');
  const lines: readonly (readonly [string, string | number])[] = [
    ['flights', sent],
    ['sent twice', duplicates],
    ['broken', broken],
    ['out', outputs],
    ['dead letters', [...deadLetters.values()].reduce((sum, one) => sum + one, 0)],
    ['  of them', reasons],
    ['kill -9 of the broker', faults.broker],
    ['kill -9 of the pipeline', faults.pipeline],
    ['Redis emptied', faults.redis],
    ['of these, while records flowed', faults.underWay],
    ['pipeline ended by itself', ends],
    ['seconds, sending included', seconds.toFixed(1)],
    ['records in, a second', Math.round(input / seconds)],
    ['not as it must be', wrong.length],
  ];
  console.log();
  for (const [name, value] of lines)
    console.log(
      `  ${name.padEnd(31)}${(typeof value === 'number' ? value.toLocaleString('en') : value).padStart(11)}`,
    );
  console.log(
    wrong.length === 0
      ? '\n  Every flight once, in order, the broken ones in the dead letter topic.\n'
      : `\n  ✖ A promise was broken:\n${firstOf(wrong)}\n  The pipeline said last:\n${said}`,
  );
}

function storesOf(asked: string | undefined): ('memory' | 'redis')[] {
  if (asked === 'memory' || asked === 'redis') return [asked];
  if (asked === undefined && !hasRedis()) say('redis-server is not installed: embedded state only');
  return hasRedis() ? ['memory', 'redis'] : ['memory'];
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
}
