/** A load as a program of its own: options as flags, what it saw as JSON on its output (in C with names_like_this). */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface LoadProgram {
  /** Prefix of the command: where it runs. */
  readonly launcher: readonly string[];
  readonly program: readonly string[];
  readonly options: Readonly<Record<string, string | number | undefined>>;
  /** What is no option with a value. */
  readonly flags?: readonly string[];
  readonly timeoutMs: number;
}

/** Rejects with what it said when it fails, or takes longer than `timeoutMs`. */
export async function runLoad<Seen>(load: LoadProgram): Promise<Seen> {
  const { launcher, program, options, flags = [], timeoutMs } = load;
  const [command, ...args] = [
    ...launcher,
    ...program,
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...flags,
  ];
  const { stdout } = await run(command!, args, { timeout: Math.ceil(timeoutMs) }).catch(
    (error: { stdout?: string; stderr?: string; message: string }) => {
      const said = `${error.stdout ?? ''}${error.stderr ?? ''}`;
      throw new Error(`${path.basename(program.at(-1)!)} failed: ${error.message}\n${said}`);
    },
  );
  const seen = Object.entries(JSON.parse(stdout) as object);
  return Object.fromEntries(seen.map(([name, value]) => [camelCase(name), value])) as Seen;
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
