/**
 * Consumer groups as clients live in them: members come, go, crash, restart; partitions are added; topics appear.
 *
 *   node test/compat/groups/run.ts                             all clients and protocols against Gregor
 *   node test/compat/groups/run.ts --only java/consumer        one of them
 *   node test/compat/groups/run.ts --target kafka | both       the same against Apache Kafka
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeTarget, type TargetName, targetNames } from '../targets.ts';
import { CLIENTS, type Client, type Protocol } from './members.ts';
import { crashAndGrow, patterns, staticRestart } from './scenarios.ts';
import { oneOf, readOptions, text } from '../../../scripts/options.ts';

/** Short sessions, so that a crash is noticed within the patience of a check. */
const SETTINGS = [
  'group.initial.rebalance.delay.ms=0',
  'group.consumer.min.session.timeout.ms=6000',
  'group.consumer.session.timeout.ms=6000',
  'group.consumer.min.heartbeat.interval.ms=1000',
  'group.consumer.heartbeat.interval.ms=1000',
];

const { values } = readOptions(import.meta.filename, {
  only: text(),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
});
let failures = 0;
let skipped = 0;
for (const name of targetNames(values.target)) await runAgainst(name);
process.exit(failures > 0 || (skipped > 0 && process.env['CI'] !== undefined) ? 1 : 0);

async function runAgainst(name: TargetName): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-groups-'));
  const target = await makeTarget(name, folder, SETTINGS);
  await target.start();
  console.log(`── ${name}`);
  for (const [clientName, client] of Object.entries(CLIENTS))
    for (const protocol of client.protocols) {
      const title = `${clientName}/${protocol}`;
      if (values.only !== undefined && !values.only.split(',').includes(title)) continue;
      await runOne(title, client, protocol, `127.0.0.1:${target.port}`);
    }
  await target.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function runOne(title: string, client: Client, protocol: Protocol, bootstrap: string): Promise<void> {
  const command = client.command();
  if ('missing' in command) {
    skipped++;
    console.log(`- ${title}: skipped, ${command.missing}`);
    return;
  }
  const scenarios = [
    crashAndGrow,
    ...(client.staticIn.includes(protocol) ? [staticRestart] : []),
    ...(client.hasPatterns ? [patterns] : []),
  ];
  for (const scenario of scenarios) {
    const startMs = performance.now();
    const problems = await scenario({
      bootstrap,
      command: command.run,
      protocol,
      noticesGrowth: client.blindIn?.includes(protocol) !== true,
      staticEnd: client.leavesForGood === true ? 'SIGKILL' : 'SIGTERM',
    });
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    if (problems.length > 0) failures++;
    console.log(`${problems.length === 0 ? '✔' : '✖'} ${title} ${scenario.name} (${seconds} s)`);
    for (const problem of problems.slice(0, 10)) console.log(`    ${problem}`);
  }
}
