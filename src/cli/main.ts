/**
 * main: from the command line to an exit code. Loads only what was asked for.
 *
 *   arguments -> a broker that is started plainly (start/flags.ts)          -> exit code (exit-codes.ts)
 *             +> the parser -> the command's file -> its action (program.ts) -+
 *
 * What a command throws ends here: a `CommandFailed` is one line on standard error, anything else is a bug of ours (70).
 */
import { CommandFailed, EXIT } from './exit-codes.ts';
import { watchReaders } from './readers.ts';
import { plainOptions } from './start/flags.ts';
import { withoutGrowth } from './start/young-generation.ts';
import { version } from './version.ts';

export async function main(parameters: readonly string[]): Promise<void> {
  process.on('uncaughtException', endWithBug);
  watchReaders();
  const code = await run(parameters);
  process.exitCode = code;
  const leave = () => setImmediate(() => process.exit(code)); // what could not be written is told before
  process.stdout.write('', () => process.stderr.write('', leave));
}

/** The exit code; everything was printed. */
export async function run(parameters: readonly string[]): Promise<number> {
  try {
    const [command, ...rest] = parameters;
    const options = command === 'start' ? plainOptions(rest) : undefined;
    if (options === undefined) return await (await import('./program.ts')).runCommand(parameters);
    const { runBroker } = await withoutGrowth(() => import('./start/run-broker.ts'));
    return await runBroker(options);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}

function endWithBug(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`This is a bug in gregor ${version()}, please report it:\n${text}\n`);
  process.exit(EXIT.bug);
}
