/**
 * ownCopy: a copy of bytes that stay.
 *
 * Buffer.from puts what is small into a pool of 64 KiB that others use too: one name that is kept pins all of it. Bytes
 * that live as long as a member or a connection get memory of their own.
 */
export function ownCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
