/**
 * Headers: what precedes the body in every frame.
 *
 *   request   apiKey int16 · version int16 · correlationId int32 · clientId string   v2 adds tagged fields
 *   response  correlationId int32                                                    v1 adds tagged fields
 *
 * The client id keeps its old length prefix in v2, so the first four fields are readable without knowing the version.
 * Which of the two a message has follows from its API and version; the answer to ApiVersions always has v0.
 */
import { type Api, requestHeaderVersion, responseHeaderVersion } from './api.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { type Infer, int16, int32, message, string } from './schema.ts';

export const requestHeader = message(
  { name: 'RequestHeader', versions: '1-2', flexible: '2+' },
  {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: '1+', flexible: 'none' }),
  },
);
export type RequestHeader = Infer<typeof requestHeader>;

export const responseHeader = message(
  { name: 'ResponseHeader', versions: '0-1', flexible: '1+' },
  { correlationId: int32() },
);
export type ResponseHeader = Infer<typeof responseHeader>;

/** Of an API that we do not know only the four common fields are read; there is nothing to do with its body anyway. */
export function readRequestHeader(
  reader: ByteReader,
  findApi: (key: number) => Api | undefined,
): RequestHeader {
  const start = reader.position;
  const key = reader.int16();
  const version = reader.int16();
  reader.position = start;
  const api = findApi(key);
  return requestHeader.read(reader, api === undefined ? 1 : requestHeaderVersion(api, version));
}

export function writeRequestHeader(
  writer: ByteWriter,
  api: Api,
  header: { version: number; correlationId: number; clientId: string | null },
): void {
  const { version, correlationId, clientId } = header;
  requestHeader.write(writer, requestHeaderVersion(api, version), {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId,
    clientId,
  });
}

export function readResponseHeader(reader: ByteReader, api: Api, version: number): ResponseHeader {
  return responseHeader.read(reader, responseHeaderVersion(api, version));
}

export function writeResponseHeader(
  writer: ByteWriter,
  api: Api,
  version: number,
  correlationId: number,
): void {
  responseHeader.write(writer, responseHeaderVersion(api, version), { correlationId });
}
