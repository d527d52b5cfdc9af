/**
 * Captures golden bytes anew: what real clients send, and what Apache Kafka answers, by a recording proxy between the
 * client suites (test/compat) and an Apache Kafka.
 *
 *   node test/wire/capture-golden.ts                   all clients
 *   node test/wire/capture-golden.ts --only aiokafka   the others' files stay as they are
 *
 *   golden/<client>/<Api>.v<version>.request     one for each client, API and version
 *   golden/apache-kafka/<Api>.v<version>.response
 *
 * A file is one frame without its size: header and body. Of all frames of its kind the longest within GOLDEN_BYTES_MAX is
 * kept (the most is set in it), else the shortest; one that our schemas cannot write back the same way comes first.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { API_VERSIONS_KEY, findApi } from '../../src/protocol/index.ts';
import { kafkaHome } from '../compat/kafka/home.ts';
import { KafkaProcess } from '../compat/kafka/kafka-process.ts';
import { OURS_ONLY, SUITES } from '../compat/suites.ts';
import { freePort } from './broker-process.ts';
import { comesBack, GOLDEN } from './golden-frames.ts';
import { type RecordedFrame, RecordingProxy } from './recording-proxy.ts';
import { readOptions, text } from '../../scripts/options.ts';

const GOLDEN_BYTES_MAX = 700;
const KAFKA = 'apache-kafka';
/** A suite of our own making: not what a real client sends. */
const OUR_OWN = 'replication';
/** Suites that use a second client to prepare their topics: only frames with such a client id are theirs. */
const CLIENT_ID: Readonly<Record<string, RegExp>> = { kcat: /rdkafka/ };

interface Kept {
  readonly bytes: Buffer;
  readonly isSame: boolean;
}

const { values } = readOptions(import.meta.filename, { only: text() });
const names =
  values.only?.split(',') ?? Object.keys(SUITES).filter((name) => !OURS_ONLY.has(name) && name !== OUR_OWN);
const home = kafkaHome();
if ('missing' in home) throw new Error(home.missing);

const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-golden-'));
const port = await freePort();
const kafka = new KafkaProcess(home, folder, await freePort(), {
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
});
/** File name → what it will hold. */
const kept = new Map<string, Kept>();
const unknown = new Set<string>();
let client = '';
const proxy = new RecordingProxy(kafka.port, record);
await kafka.start();
await proxy.listen(port);
try {
  for (client of names) await capture();
} finally {
  await proxy.close();
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}
write();

async function capture(): Promise<void> {
  const command = SUITES[client]?.() ?? { missing: `there is no suite '${client}'` };
  if ('missing' in command) throw new Error(`${client}: ${command.missing}`);
  const { code, output } = await run(command.run);
  if (code !== 0) throw new Error(`the suite ${client} ended with ${code}:\n${output}`);
  console.log(`captured ${client}`);
}

function record({ direction, apiKey, version: asked, bytes }: RecordedFrame): void {
  const api = findApi(apiKey);
  // A broker that does not know the version of an ApiVersions request refuses it in the words of version 0.
  const isRefused = direction === 'response' && apiKey === API_VERSIONS_KEY && bytes.readInt16BE(4) !== 0;
  const version = isRefused ? 0 : asked;
  if (api === undefined || !api.request.supports(version)) {
    unknown.add(`${client}: key ${apiKey} v${version}`);
    return;
  }
  const wanted = CLIENT_ID[client];
  if (direction === 'request' && wanted !== undefined && !wanted.test(bytes.toString('latin1', 10, 40)))
    return;
  const sender = direction === 'request' ? client : KAFKA;
  const file = path.join(sender, `${api.name}.v${version}.${direction}`);
  const now: Kept = { bytes, isSame: comesBack(api, version, direction, bytes) };
  const before = kept.get(file);
  if (before === undefined || isBetter(now, before)) kept.set(file, now);
}

/** What does not come back the same is worth the most; then what has the most in it and is small enough. */
function isBetter(now: Kept, before: Kept): boolean {
  if (now.isSame !== before.isSame) return !now.isSame;
  const isSmall = now.bytes.length <= GOLDEN_BYTES_MAX;
  if (isSmall && before.bytes.length <= GOLDEN_BYTES_MAX) return now.bytes.length > before.bytes.length;
  return now.bytes.length < before.bytes.length;
}

function write(): void {
  if (values.only === undefined) rmSync(GOLDEN, { recursive: true, force: true });
  for (const name of values.only === undefined ? [] : names)
    rmSync(path.join(GOLDEN, name), { recursive: true, force: true });
  let total = 0;
  for (const [file, { bytes, isSame }] of kept) {
    mkdirSync(path.dirname(path.join(GOLDEN, file)), { recursive: true });
    writeFileSync(path.join(GOLDEN, file), bytes);
    total += bytes.length;
    if (!isSame) console.log(`${file}: our schemas do not write it as they read it`);
  }
  for (const what of unknown) console.log(`${what}: we have no such message`);
  console.log(`${kept.size} frames, ${total} bytes, from ${names.join(', ')} and Apache Kafka`);
}

function run(command: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const [program, ...rest] = command;
    const child = spawn(program!, [...rest, `127.0.0.1:${port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, COMPAT_TARGET: 'kafka' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.once('error', (error) => resolve({ code: -1, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
