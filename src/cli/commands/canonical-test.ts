/** gregor canonical test: the laws of a definition, with its examples and with generated records. */
import { Command } from 'commander';
import { type LawReport, testLaws } from '../../canonical/index.ts';
import { definitionFrom, lensesOf } from '../canonical/definition-file.ts';
import { printDone } from '../client/answers.ts';
import { EXIT, usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';

interface Options {
  readonly runs: string;
  readonly seed?: string;
}

const LAWS = `
The laws:
  L1  what comes back is the raw record, byte for byte      L2  or the same JSON value (roundTrip: value)
  L3  what is canonical stays as it is                      L4  after an edit, the way back leads there again
  L5  the same record gives the same bytes, every time
Ends with 1 when one of them is broken, and shows the smallest record that breaks it.`;

export function canonicalTestCommand(): Command {
  return new Command('test')
    .description('try the laws of a definition')
    .argument('<file>', 'order.lens.yaml, or a .json, .ts or .js')
    .option('--runs <n>', 'generated records for each dialect', '500')
    .option('--seed <n>', 'generate the same records again')
    .addHelpText('after', LAWS)
    .action(async (file: string, options: Options) => {
      const runs = numberOf('--runs', options.runs);
      const seed = options.seed === undefined ? {} : { seed: numberOf('--seed', options.seed) };
      const definition = await definitionFrom(file);
      for (const lens of lensesOf(definition)) {
        const report = await testLaws(lens, { runs, ...seed });
        printDone(reportText(report), report);
        if (report.violation !== undefined) process.exitCode = EXIT.failed;
      }
    });
}

function numberOf(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${option} ${text}: that is not a whole number`);
  return Number(text);
}

function reportText({
  form,
  examples,
  generated,
  withoutRaw,
  withoutRawExample,
  violation,
}: LawReport): string {
  if (violation !== undefined) {
    const what = violation.law === undefined ? 'an example is refused' : `${violation.law} is broken`;
    return `✖ ${form}: ${what}\n  record: ${violation.record}\n  reason: ${violation.reason}`;
  }
  const tried = `${countText(examples, 'example')}, ${countText(generated, 'generated record')}`;
  if (withoutRaw === 0) return `✔ ${form}: ${tried}`;
  return `✔ ${form}: ${tried}, ${withoutRaw} of them have no raw form, such as ${withoutRawExample}`;
}
