/**
 * sha256: the digest of bytes, or of a text in UTF-8. Node's crypto is loaded when it is first asked for: with all that it brings along
 * that takes 5 ms, and most starts need none of it.
 */
let crypto: typeof import('node:crypto') | undefined;

export function sha256(bytes: string | Uint8Array): Buffer {
  crypto ??= process.getBuiltinModule('node:crypto');
  return crypto.hash('sha256', bytes, 'buffer');
}
