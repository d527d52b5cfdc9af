/** assert: a contradiction of our own making. It ends the process (exit 70); it is never an answer to a client. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

export function assert(
  condition: unknown,
  message: string | (() => string) = 'assertion failed',
): asserts condition {
  if (!condition) throw new AssertionFailed(typeof message === 'string' ? message : message());
}

/** For the branch that the compiler knows to be impossible. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${String(value)}`);
}
