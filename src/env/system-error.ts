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

/** No room on the disk, or none for this user: the one refusal that time may mend. Looks through the causes. */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (isSystemError(cause, 'ENOSPC') || isSystemError(cause, 'EDQUOT')) return true;
  return false;
}
