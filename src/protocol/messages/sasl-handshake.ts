/**
 * SaslHandshake (17): the client names its SASL mechanism. Never flexible.
 *
 *   v1 the exchange that follows goes in SaslAuthenticate requests (KIP-152); before, in bare bytes
 */
import { api } from '../api.ts';
import { type Infer, array, int16, message, string } from '../schema.ts';

export const saslHandshakeRequest = message(
  { name: 'SaslHandshakeRequest', versions: '0-1', flexible: 'none' },
  {
    mechanism: string(),
  },
);
export type SaslHandshakeRequest = Infer<typeof saslHandshakeRequest>;

export const saslHandshakeResponse = message(
  { name: 'SaslHandshakeResponse', versions: '0-1', flexible: 'none' },
  {
    errorCode: int16(),
    mechanisms: array(string()), // what the broker offers
  },
);
export type SaslHandshakeResponse = Infer<typeof saslHandshakeResponse>;

export const saslHandshakeApi = api(17, 'SaslHandshake', saslHandshakeRequest, saslHandshakeResponse);
