/** Answers: values for people as a table on a terminal, for programs as one JSON object a line. */
import { tableText } from '../text.ts';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string | number;
}

export function printRows<T extends object>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  none: string,
): void {
  if (process.stdout.isTTY !== true) {
    for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
    return;
  }
  if (rows.length === 0) process.stderr.write(`${none}\n`);
  else
    process.stdout.write(
      tableText(
        columns.map(({ title }) => title),
        rows.map((row) => columns.map(({ cell }) => cell(row))),
      ),
    );
}

/** What was done: a sentence on a terminal, JSON when piped. */
export function printDone(sentence: string, fact: object): void {
  process.stdout.write(process.stdout.isTTY === true ? `${sentence}\n` : `${JSON.stringify(fact)}\n`);
}

/** Asks on a terminal; elsewhere nobody can answer, so the flag is needed. */
export async function confirm(question: string, isSure: boolean | undefined): Promise<boolean> {
  if (isSure === true) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return false;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  return /^y(es)?$/i.test(answer.trim());
}
