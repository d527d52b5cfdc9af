/**
 * Groups under load: how long many members take to be one group, and what many groups cost while nothing happens.
 *
 *   node bench/groups/run.ts                      1,000 members in one group, then 5,000 groups of one, each protocol
 *   node bench/groups/run.ts --members 200 --groups 500 --seconds 10
 *   node bench/groups/run.ts --target kafka       the same against Apache Kafka
 *
 * Settings are the defaults, but for the delay of an empty classic group, which is 0 on both. As pairs: `npm run bench -- P15`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { number, oneOf, readOptions } from '../../scripts/options.ts';
import { makeTarget, type Target, targetNames } from '../../test/compat/targets.ts';
import { crowd, type CrowdSeen } from './crowd.ts';
import type { Kind } from './places.ts';

const KIBIBYTE = 1024;
const NO_DELAY = ['group.initial.rebalance.delay.ms=0'];

const { values } = readOptions(import.meta.filename, {
  members: number(1000),
  groups: number(5000),
  seconds: number(30),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
});

console.log(`${os.cpus().length} cores, load ${os.loadavg()[0]!.toFixed(1)} at the start`);
for (const name of targetNames(values.target))
  for (const kind of ['classic', 'consumer'] as const)
    for (const tell of [oneGroup, manyGroups]) {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-bench-groups-'));
      const target = await makeTarget(name, folder, NO_DELAY);
      await target.start();
      console.log(`${name}: ${await tell(target, kind)}`);
      await target.kill();
      rmSync(folder, { recursive: true, force: true });
    }
process.exit();

async function oneGroup({ port, pid }: Target & { pid?: number | undefined }, kind: Kind): Promise<string> {
  const count = values.members;
  const seen = await crowd({ port, pid: pid!, kind, groups: 1, members: count, seconds: 0 });
  return (
    `${count} ${kind} members are one group after ${seen.formedSeconds.toFixed(1)} s: generation ${seen.generation}, ` +
    `${seen.requests} joins and heartbeats, ${seen.formedProcessorSeconds.toFixed(2)} s of processor time`
  );
}

/** Processor time while nothing happens but heartbeats, and memory: with connections alone, and with members. */
async function manyGroups({ port, pid }: Target & { pid?: number | undefined }, kind: Kind): Promise<string> {
  const count = values.groups;
  const seen = await crowd({
    port,
    pid: pid!,
    kind,
    groups: count,
    members: 1,
    seconds: values.seconds,
  });
  const { heartbeatSeconds, heartbeatProcessorSeconds, heartbeats } = seen;
  const perMember = (when: keyof CrowdSeen['resident']) =>
    `${((seen.resident[when] - seen.resident.empty) / count / KIBIBYTE).toFixed(1)} KiB`;
  return (
    `${count} ${kind} groups of one: ${((100 * heartbeatProcessorSeconds) / heartbeatSeconds).toFixed(1)} % of a core for ` +
    `${(heartbeats / heartbeatSeconds).toFixed(0)} heartbeats/s (${((1e6 * heartbeatProcessorSeconds) / heartbeats).toFixed(0)} µs each); ` +
    `resident per member ${perMember('connected')} with its connection, ${perMember('joined')} once it is in, ${perMember('end')} at the end`
  );
}
