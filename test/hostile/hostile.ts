/**
 * Hostile clients: what a peer can do to the real program without breaking the protocol's letter, one scenario after the other.
 *
 *   node test/hostile/hostile.ts                 all
 *   node test/hostile/hostile.ts --only bomb     those with `bomb` in their name
 *
 * Demanded of each: a healthy client beside is served within `SERVED_WITHIN_MS`, resident memory stays below what the named
 * limits sum up to, nothing crashes and nothing unhandled is met.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { HealthyClient } from './healthy-client.ts';
import { SCENARIOS, type Scenario, type Target } from './scenarios.ts';
import { readOptions, text } from '../../scripts/options.ts';

const MEBIBYTE = 1024 * 1024;
/** The longest that a limit may make somebody wait: a request that does not arrive or is held, and the look at it. */
const SERVED_WITHIN_MS = 14_000;
/** Beside the limits: the program itself, its heap, what V8 has not given back yet. */
const RESIDENT_MAX = 900 * MEBIBYTE;
const LOOK_MS = 100;
/** Limits small enough to be reached soon; the heap is as large as it likes to be. */
const SETTINGS = [
  'gregor.tail.bytes=8MiB',
  'gregor.response.bytes=64MiB',
  'queued.max.request.bytes=67108864',
];

const { values } = readOptions(import.meta.filename, { only: text('') });
const chosen = SCENARIOS.filter(({ name }) => name.includes(values.only));
for (const scenario of chosen) await play(scenario);
process.exit();

async function play(scenario: Scenario): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-hostile-'));
  const settings = SETTINGS.flatMap((setting) => ['--set', setting]);
  const broker = new BrokerProcess(folder, await freePort(), settings);
  const ended = new AbortController();
  try {
    await broker.start();
    const target: Target = { port: broker.port, signal: ended.signal };
    await scenario.prepare?.(target);
    const watched = watch(broker, ended.signal);
    await scenario.attack(target);
    ended.abort();
    report(scenario, broker, await watched);
    const after = new HealthyClient(broker.port);
    await after.roundTrip(SERVED_WITHIN_MS); // a broker that died at the end would not be missed otherwise
    after.close();
  } catch (error) {
    fail(scenario, String(error));
  } finally {
    ended.abort();
    await broker.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Watched {
  residentMax: number;
  slowestMs: number;
  trips: number;
  failures: string[];
}

/** Looks at memory, and at what a healthy client gets, until the signal. */
async function watch(broker: BrokerProcess, signal: AbortSignal): Promise<Watched> {
  const seen: Watched = { residentMax: 0, slowestMs: 0, trips: 0, failures: [] };
  const client = new HealthyClient(broker.port);
  const memory = (async () => {
    while (!signal.aborted) {
      seen.residentMax = Math.max(seen.residentMax, await residentBytes(broker.pid!));
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  while (!signal.aborted) {
    const began = performance.now();
    try {
      await client.roundTrip(SERVED_WITHIN_MS);
      seen.trips++;
    } catch (error) {
      if (!signal.aborted) seen.failures.push(String(error));
    }
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  client.close();
  await memory.catch(() => {}); // a broker that died is reported by its trips
  return seen;
}

function report(scenario: Scenario, broker: BrokerProcess, seen: Watched): void {
  const figures = `${seen.trips} round trips, slowest ${Math.round(seen.slowestMs)} ms · resident up to ${Math.round(seen.residentMax / MEBIBYTE)} MiB`;
  console.log(`${scenario.name}: ${figures}`);
  if (seen.failures.length > 0) fail(scenario, `${seen.failures.length} trips failed: ${seen.failures[0]}`);
  if (seen.trips === 0) fail(scenario, 'nobody else was served');
  if (seen.residentMax > RESIDENT_MAX)
    fail(scenario, `resident memory exceeds ${RESIDENT_MAX / MEBIBYTE} MiB`);
  if (/unhandled|uncaught|AssertionFailed|bug in gregor/i.test(broker.output))
    fail(scenario, 'an unhandled error');
}

function fail(scenario: Scenario, message: string): void {
  console.error(`FAILED ${scenario.name}: ${message}`);
  process.exitCode = 1;
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}
