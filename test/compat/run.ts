/**
 * Other people's clients against the broker: each suite is a program of its own that gets the bootstrap address.
 *
 *   node test/compat/run.ts                        all of them against Gregor
 *   node test/compat/run.ts --only aiokafka,kcat
 *   node test/compat/run.ts --target kafka         the same against Apache Kafka: what fails there too is the client's
 *   node test/compat/run.ts --target both
 *   node test/compat/run.ts --bootstrap HOST:PORT  against a broker that runs already
 *
 * A suite that cannot run here is skipped with its reason; in CI that is a failure.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OURS_ONLY, SUITES } from './suites.ts';
import { makeTarget, targetNames } from './targets.ts';
import { oneOf, readOptions, text } from '../../scripts/options.ts';

const SUITE_MS = 180_000;
const OUTPUT_SHOWN = 2_000;

const { values } = readOptions(import.meta.filename, {
  only: text(),
  bootstrap: text(),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
});
const names = values.only?.split(',') ?? Object.keys(SUITES);
const counts = { passed: 0, failed: 0, skipped: 0 };
if (values.bootstrap !== undefined) await runAll(values.bootstrap, 'other');
else
  for (const name of targetNames(values.target)) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-compat-'));
    const target = await makeTarget(name, folder);
    await target.start();
    console.log(`── ${name}`);
    await runAll(`127.0.0.1:${target.port}`, name);
    await target.stop();
    rmSync(folder, { recursive: true, force: true });
  }
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || (counts.skipped > 0 && process.env['CI'] !== undefined) ? 1 : 0);

async function runAll(bootstrap: string, target: string): Promise<void> {
  for (const name of names) {
    if (target !== 'gregor' && OURS_ONLY.has(name)) continue;
    const command = SUITES[name]?.() ?? { missing: `there is no suite '${name}'` };
    if ('missing' in command) {
      counts.skipped++;
      console.log(`- ${name}: skipped, ${command.missing}`);
      continue;
    }
    const { code, output, said } = await run(command.run, bootstrap, target);
    if (code === 0) {
      counts.passed++;
      console.log(`✔ ${name}: ${said.trim().split('\n').at(-1)}`);
    } else {
      counts.failed++;
      console.log(`✖ ${name} ended with ${code}\n${output.slice(-OUTPUT_SHOWN)}`);
    }
  }
}

function run(
  command: readonly string[],
  bootstrap: string,
  target: string,
): Promise<{ code: number | null; output: string; said: string }> {
  return new Promise((resolve) => {
    const [program, ...rest] = command;
    const child = spawn(program!, [...rest, bootstrap], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: SUITE_MS,
      env: { ...process.env, COMPAT_TARGET: target },
    });
    let output = '';
    let said = ''; // without its warnings: the last line is the result
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.once('error', (error) => resolve({ code: -1, output: error.message, said }));
    child.once('close', (code) => resolve({ code, output, said }));
  });
}
