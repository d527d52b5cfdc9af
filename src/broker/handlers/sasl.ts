/**
 * SaslHandshake: v0-v1, SaslAuthenticate: v0-v2, on listeners without login.
 *
 * Behaviour: a client that wants to log in where nobody can gets ILLEGAL_SASL_STATE and knows that its settings and the
 * listener differ.
 */
import { KafkaError, saslAuthenticateApi, saslHandshakeApi } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

const refused = new KafkaError(
  'ILLEGAL_SASL_STATE',
  'this listener has no login: set security.protocol=PLAINTEXT on the client',
);

export const saslHandshake = handler(saslHandshakeApi, [0, 1], [], () => ({
  errorCode: refused.code,
  mechanisms: [],
}));

export const saslAuthenticate = handler(saslAuthenticateApi, [0, 2], [], () => ({
  errorCode: refused.code,
  errorMessage: refused.explanation,
  authBytes: Buffer.alloc(0),
}));
