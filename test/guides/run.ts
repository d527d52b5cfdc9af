/**
 * The programs of the guides, as they stand there: each is taken out of the page, given a broker, and must write its invoices.
 *
 *   node test/guides/run.ts
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBroker } from '../../src/testing/index.ts';
import { python } from '../compat/suites.ts';
import { kafkaHome, LOG_SETTINGS } from '../compat/kafka/home.ts';

const PAGE = path.join(import.meta.dirname, '../../docs/guides/exactly-once.md');
const ORDERS = 200;
const WITHIN_MS = 60_000;
const LOOK_MS = 100;

interface Program {
  readonly language: string;
  readonly topic: string;
  readonly file: string;
  /** Undefined: it cannot run here, and `missing` says why. */
  readonly command: (file: string) => readonly string[] | { readonly missing: string };
}

const PROGRAMS: readonly Program[] = [
  {
    language: 'python',
    topic: 'invoices',
    file: 'invoices.py',
    command: (file) => {
      const found = python('')();
      return 'missing' in found ? found : [found.run[0]!, file];
    },
  },
  { language: 'ts', topic: 'invoices-ts', file: 'copy.ts', command: (file) => [process.execPath, file] },
  {
    language: 'java',
    topic: 'invoices-java',
    file: 'Copy.java',
    command: (file) => {
      const home = kafkaHome();
      if ('missing' in home) return home;
      return ['java', '-cp', home.classPath, `-Dlog4j2.configurationFile=${LOG_SETTINGS}`, file];
    },
  },
];

const page = readFileSync(PAGE, 'utf8');
// Inside the project, so that programs find its packages.
const cache = path.join(import.meta.dirname, '../../.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(path.join(cache, `guides-${os.hostname()}-`));
let failures = 0;
for (const program of PROGRAMS) {
  const outcome = await run(program);
  if (outcome !== undefined) failures++;
  console.log(
    `${outcome === undefined ? '✔' : '✖'} ${program.language}${outcome === undefined ? '' : `: ${outcome}`}`,
  );
}
rmSync(folder, { recursive: true, force: true });
process.exit(failures > 0 ? 1 : 0);

/** What went wrong; undefined: nothing. */
async function run({ language, topic, file, command }: Program): Promise<string | undefined> {
  const block = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1];
  if (block === undefined) return `the page has no program in ${language}`;
  await using broker = await startBroker({ topics: { orders: 2, [topic]: 2 } });
  const target = path.join(folder, file);
  writeFileSync(target, block.replaceAll('localhost:9092', broker.bootstrap));
  const asked = command(target);
  if ('missing' in asked) return process.env['CI'] === undefined ? undefined : asked.missing;
  await broker.append(
    'orders',
    Array.from({ length: ORDERS }, (_, n) => ({ key: `k${n}`, value: `order ${n}` })),
  );
  const [executable, ...args] = asked as readonly [string, ...string[]];
  const child = spawn(executable, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-2_000)));
  const seen: string[] = [];
  for (let ms = 0; seen.length < ORDERS && ms < WITHIN_MS && child.exitCode === null; ms += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    seen.length = 0;
    for await (const record of broker.read(topic, { from: 'start', until: 'end' })) seen.push(record.text());
  }
  child.kill('SIGKILL');
  const wanted = Array.from({ length: ORDERS }, (_, n) => `invoice for order ${n}`).sort();
  if (seen.sort().join() === wanted.join()) return undefined;
  return `${seen.length} of ${ORDERS} invoices: ${errors}`;
}
