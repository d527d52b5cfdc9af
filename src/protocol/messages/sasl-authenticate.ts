/**
 * SaslAuthenticate (36): one step of the SASL exchange.
 *
 *   v1 how long the session lasts before the client must authenticate again (KIP-368) · v2 flexible
 */
import { api } from '../api.ts';
import { type Infer, bytes, int16, int64, message, string } from '../schema.ts';

export const saslAuthenticateRequest = message(
  { name: 'SaslAuthenticateRequest', versions: '0-2', flexible: '2+' },
  {
    authBytes: bytes(),
  },
);
export type SaslAuthenticateRequest = Infer<typeof saslAuthenticateRequest>;

export const saslAuthenticateResponse = message(
  { name: 'SaslAuthenticateResponse', versions: '0-2', flexible: '2+' },
  {
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: '1+', ignorable: true }), // 0: without end
  },
);
export type SaslAuthenticateResponse = Infer<typeof saslAuthenticateResponse>;

export const saslAuthenticateApi = api(
  36,
  'SaslAuthenticate',
  saslAuthenticateRequest,
  saslAuthenticateResponse,
);
