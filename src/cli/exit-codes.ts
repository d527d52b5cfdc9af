/** Exit codes: what a script can rely on. The message is one line that names the way out. */

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  timeout: 5,
  authentication: 6,
  unreachable: 7,
  bug: 70,
  diskFailed: 74,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the program with a message for people and a code for scripts. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CommandFailed {
  return new CommandFailed(EXIT.usage, message);
}
