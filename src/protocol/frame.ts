/**
 * Frames: what a connection carries, in both directions.
 *
 *   size int32 (of all that follows) · header · body
 *
 * Encoders write the whole frame, size included; decoders take it without its size, as it is cut from the stream.
 * An answer is made of parts, to be sent together: large record batches stay where they are and are not copied.
 */
import { type Api, requestHeaderVersion, responseHeaderVersion } from './api.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { requestHeader, responseHeader } from './header.ts';
import type { Input } from './schema.ts';

/** From here on a copy costs more than one more buffer in the system call. */
const SPLICE_BYTES_MIN = 8192;

export function encodeRequest<Q>(
  api: Api<Q, any>,
  version: number,
  correlationId: number,
  clientId: string | null,
  request: Input<Q>,
): Buffer {
  const writer = new ByteWriter();
  writer.int32(0);
  requestHeader.write(writer, requestHeaderVersion(api, version), {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId,
    clientId,
  });
  api.request.write(writer, version, request);
  writer.fillSize();
  return writer.toBuffer();
}

export function encodeResponse<A>(
  api: Api<any, A>,
  version: number,
  correlationId: number,
  response: Input<A>,
): readonly Buffer[] {
  const writer = new ByteWriter(512, SPLICE_BYTES_MIN);
  writer.int32(0);
  responseHeader.write(writer, responseHeaderVersion(api, version), { correlationId });
  api.response.write(writer, version, response);
  writer.fillSize();
  return writer.toParts();
}

/** The first four bytes of every answer tell which request it is for. */
export function correlationIdOf(frame: Buffer): number {
  return new ByteReader(frame).int32();
}

export function decodeResponse<A>(api: Api<any, A>, version: number, frame: Buffer): A {
  const reader = new ByteReader(frame);
  responseHeader.read(reader, responseHeaderVersion(api, version));
  return api.response.read(reader, version);
}
