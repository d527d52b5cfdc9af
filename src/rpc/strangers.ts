/** Strangers: programs that speak something else to this port. Told by their first bytes, answered in the log. */
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR = 0x03;
const HTTP_VERBS = ['GET ', 'POST', 'PUT ', 'HEAD', 'DELE', 'OPTI', 'PATC', 'CONN', 'PRI '];

/** What to tell the operator, or undefined for what may be Kafka's protocol. */
export function strangerOf(firstBytes: Buffer): string | undefined {
  if (firstBytes.length < 3) return undefined;
  if (firstBytes[0] === TLS_HANDSHAKE && firstBytes[1] === TLS_MAJOR)
    return 'speaks TLS to a plaintext listener: set security.protocol=PLAINTEXT on the client, or add a TLS listener';
  if (HTTP_VERBS.includes(firstBytes.toString('latin1', 0, 4)))
    return 'speaks HTTP to a Kafka listener: this port serves Kafka clients only';
  return undefined;
}
