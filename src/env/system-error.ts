/** SystemError: what the operating system refused, as Node reports it: a plain Error with a `code`. */
export interface SystemError extends Error {
  readonly code: string;
}

export function systemError(code: string, detail: string): SystemError {
  return Object.assign(new Error(`${code}: ${detail}`), { code });
}

export function isSystemError(error: unknown, code?: string): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return code === undefined || error.code === code;
}

/** No room on the disk, or none for this user: time may mend it. Looks through the causes. */
export function isDiskFull(error: unknown): boolean {
  return isOneOf(error, ['ENOSPC', 'EDQUOT']);
}

/** This process, or the whole system, has as many files and sockets open as it may: time may mend it. */
export function isOutOfFiles(error: unknown): boolean {
  return isOneOf(error, ['EMFILE', 'ENFILE']);
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (isSystemError(cause) && codes.includes(cause.code)) return true;
  return false;
}
