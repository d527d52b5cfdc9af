/**
 * Plays scripts to a broker of ours and prints where its answers differ from Kafka's recorded ones, allowed or not.
 *
 *   node test/differential/run.ts                    all scripts
 *   node test/differential/run.ts --only 'fetch: a'  scripts whose name begins so
 *   node test/differential/run.ts --answers          the answers too
 */
import { startOurs } from './brokers.ts';
import { compareScript } from './check.ts';
import { warmUp } from './player.ts';
import { readRecording } from './recorded.ts';
import { AREAS } from './scripts/index.ts';
import { flag, readOptions, text } from '../../scripts/options.ts';

const { values } = readOptions(import.meta.filename, { only: text(), answers: flag() });
const counts = { scripts: 0, refused: 0, allowed: 0 };
{
  await using ours = await startOurs();
  await warmUp(ours.port);
  for (const [area, scripts] of Object.entries(AREAS)) {
    const recording = readRecording(area);
    for (const script of scripts) {
      if (!script.name.startsWith(values.only ?? '')) continue;
      counts.scripts++;
      const { missing, outcomes, found } = await compareScript(ours.port, script, recording);
      if (values.answers) console.log(JSON.stringify(outcomes, null, 1));
      if (missing !== undefined) console.log(`? ${script.name}: ${missing}`);
      for (const { difference, allowance } of found) {
        counts[allowance === undefined ? 'refused' : 'allowed']++;
        const { path, kafka, ours: here } = difference;
        const mark = allowance === undefined ? '✖' : '·';
        console.log(`${mark} ${script.name} · ${path}: Kafka ${shown(kafka)}, here ${shown(here)}`);
        if (allowance !== undefined) console.log(`    ${allowance.reason}`);
      }
    }
  }
}
console.log(`${counts.scripts} scripts, ${counts.refused} differences, ${counts.allowed} allowed ones`);
process.exitCode = counts.refused > 0 ? 1 : 0;

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 200);
}
