/**
 * Frames: what a connection carries, in both directions.
 *
 *   size int32 (of all that follows) · header · body
 *
 * Frames are made as parts, to be sent together: large record batches stay where they are and are not copied.
 */
import type { Api } from './api.ts';
import { ByteWriter } from './bytes.ts';
import { writeRequestHeader, writeResponseHeader } from './header.ts';
import type { Input, Message } from './schema.ts';

/** From here on, a copy costs more than one more buffer in the system call. */
const SPLICE_BYTES_MIN = 8192;
/** Of an answer's own bytes; what is spliced in does not lie in them. */
const SIZE_HINT_MAX = 512;

export function requestFrame<Q>(
  api: Api<Q, any>,
  header: { version: number; correlationId: number; clientId: string | null },
  request: Input<NoInfer<Q>>,
): readonly Buffer[] {
  return frame(api.request, (writer) => {
    writeRequestHeader(writer, api, header);
    api.request.write(writer, header.version, request);
  });
}

/** `tally` is told how many error codes other than 0 the answer holds. */
export function responseFrame<A>(
  api: Api<any, A>,
  version: number,
  correlationId: number,
  response: Input<NoInfer<A>>,
  tally?: { errorCodes: number },
): readonly Buffer[] {
  return frame(api.response, (writer) => {
    writeResponseHeader(writer, api, version, correlationId);
    api.response.write(writer, version, response);
    if (tally !== undefined) tally.errorCodes = writer.errorCodes;
  });
}

function frame(message: Message<any>, write: (writer: ByteWriter) => void): readonly Buffer[] {
  const writer = new ByteWriter(message.sizeHint, SPLICE_BYTES_MIN);
  writer.int32(0);
  write(writer);
  writer.fillSize();
  message.sizeHint = Math.min(writer.length, SIZE_HINT_MAX);
  return writer.toParts();
}
