/**
 * node bench/smoke.ts [--record]: is Gregor still about as fast as it was? A minute, for CI.
 *
 * Machines differ, so no time is compared: processor time a request, as a share of what a C program needs for the same frames, writes and syncs
 * in the same minute (P13), is held against the share recorded in `results/smoke.json`. Less than half of it fails. Not the rates: how
 * long a disk takes to sync makes them wander by a factor of eight. `--record` writes what was seen as the new record.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { p13 } from './figures/p13.ts';
import { describeMachine } from './machine.ts';
import { measurePairs, short } from './pairs.ts';
import { Tools } from './tools.ts';
import { flag, readOptions } from '../scripts/options.ts';

const RECORD = path.join(import.meta.dirname, 'results/smoke.json');
const PLAN = { pairs: 2, seconds: 3, warmUpSeconds: 2, tell: (line: string) => console.error(line) };
/** Of the recorded share: below it something is broken, above it may be the machine. */
const COLLAPSE = 0.5;

type Shares = Readonly<Record<string, number>>;

const { values } = readOptions(import.meta.filename, { record: flag() });

const shares: Record<string, number> = {};
for (const condition of p13.conditions) {
  const tools = new Tools({ ...condition, pinned: os.cpus().length > 1 }, true);
  const sides = await p13.open(condition, tools);
  try {
    const { compared } = await measurePairs(p13, condition, sides, PLAN);
    const cost = compared.find(({ measure }) => measure === 'serverMicrosecondsPerRequest')!;
    shares[condition.name] = 1 / cost.ratio.median;
  } finally {
    await sides.ours.close();
    await sides.peer.close();
    await tools.removeFolders();
  }
}

if (values.record) {
  const { commit, processor, cores } = describeMachine();
  const record = { date: new Date().toISOString().slice(0, 10), commit, processor, cores, shares };
  writeFileSync(RECORD, `${JSON.stringify(record, null, 1)}\n`);
  console.log(`recorded: ${JSON.stringify(shares)}`);
} else {
  const recorded = JSON.parse(readFileSync(RECORD, 'utf8')) as {
    date: string;
    commit: string;
    shares: Shares;
  };
  const lines = Object.entries(shares).map(([name, share]) => {
    const before = recorded.shares[name]!;
    const isCollapsed = share < before * COLLAPSE;
    if (isCollapsed) process.exitCode = 1;
    return `${isCollapsed ? 'COLLAPSED' : 'as before'}  ${name}: ${short(share)} of the limit in C by processor time, ${short(before)} recorded (${recorded.date}, ${recorded.commit})`;
  });
  console.log(lines.join('\n'));
}
