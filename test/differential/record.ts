/**
 * Records anew what Apache Kafka answers.
 *
 *   node test/differential/record.ts                      scripts whose recording is missing or of another text
 *   node test/differential/record.ts --all                every script
 *   node test/differential/record.ts --only 'fetch: a'    scripts whose name begins so
 */
import { startKafka } from './brokers.ts';
import { play, warmUp } from './player.ts';
import { readRecording, recordedOutcomes, writeRecording } from './recorded.ts';
import { AREAS } from './scripts/index.ts';
import { flag, readOptions, text } from '../../scripts/options.ts';

const { values } = readOptions(import.meta.filename, { all: flag(), only: text() });
await using kafka = await startKafka();
await warmUp(kafka.port);
for (const [area, scripts] of Object.entries(AREAS)) {
  const before = readRecording(area);
  const after: Record<string, { digest: string; outcomes: readonly unknown[] }> = {};
  for (const script of scripts) {
    const known = recordedOutcomes(before, script);
    const isWanted = values.all || known === undefined;
    if (values.only === undefined ? isWanted : script.name.startsWith(values.only)) {
      try {
        after[script.name] = { digest: script.digest, outcomes: await play(kafka.port, script) };
        console.log(`✔ ${script.name}`);
      } catch (error) {
        process.exitCode = 1;
        console.log(`✖ ${script.name}: ${(error as Error).message}`);
      }
    } else if (before.scripts[script.name] !== undefined)
      after[script.name] = before.scripts[script.name]! as never;
  }
  writeRecording(area, { kafka: kafka.version, scripts: after });
}
