/**
 * Headers: what precedes the body in every frame.
 *
 *   request   apiKey int16 · version int16 · correlationId int32 · clientId string   v2 adds tagged fields
 *   response  correlationId int32                                                    v1 adds tagged fields
 *
 * The client id keeps its old length prefix in v2, so the first four fields are readable without knowing the version.
 * Which of the two a request has follows from its API and version; the answer to ApiVersions always has v0.
 */
import { type Api, requestHeaderVersion } from './api.ts';
import { ByteReader } from './bytes.ts';
import { findApi } from './messages/index.ts';
import { int16, int32, message, string } from './schema.ts';

export const requestHeader = message(
  { name: 'RequestHeader', versions: '1-2', flexible: '2+' },
  {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: '0+', flexible: 'none' }),
  },
);

export const responseHeader = message(
  { name: 'ResponseHeader', versions: '0-1', flexible: '1+' },
  { correlationId: int32() },
);

export interface RequestHeader {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where the body begins in the frame. */
  readonly bodyPosition: number;
}

/** `frame` is without its size. Of an API that is not known only the four old fields are read. */
export function decodeRequestHeader(frame: Buffer): RequestHeader {
  const start = new ByteReader(frame);
  const apiKey = start.int16();
  const version = start.int16();
  const api: Api | undefined = findApi(apiKey);
  const reader = new ByteReader(frame);
  const { correlationId, clientId } = requestHeader.read(
    reader,
    api === undefined ? 1 : requestHeaderVersion(api, version),
  );
  return { apiKey, version, correlationId, clientId, bodyPosition: reader.position };
}
