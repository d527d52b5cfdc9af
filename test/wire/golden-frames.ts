/**
 * Golden frames: the files of golden/, and what our schemas make of a frame when they read it and write it again.
 *
 *   golden/<who sent it>/<Api>.v<version>.<request|response>     header and body, without the size in front
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Api,
  APIS,
  ByteReader,
  readRequestHeader,
  readResponseHeader,
  requestFrame,
  responseFrame,
} from '../../src/protocol/index.ts';

export const GOLDEN = path.join(import.meta.dirname, 'golden');
const SIZE_BYTES = 4;

export type Direction = 'request' | 'response';

export interface GoldenFrame {
  readonly sender: string;
  readonly api: Api;
  readonly version: number;
  readonly direction: Direction;
  readonly bytes: Buffer;
}

export function goldenFrames(): GoldenFrame[] {
  return readdirSync(GOLDEN, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: sender }) =>
      readdirSync(path.join(GOLDEN, sender)).map((file) => {
        const [, name, version, direction] = /^(\w+)\.v(\d+)\.(request|response)$/.exec(file)!;
        const api = APIS.find((known) => known.name === name);
        if (api === undefined) throw new Error(`${sender}/${file}: there is no API '${name}'`);
        const bytes = readFileSync(path.join(GOLDEN, sender, file));
        return { sender, api, version: Number(version), direction: direction as Direction, bytes };
      }),
    );
}

export interface Decoded {
  readonly clientId: string | null;
  readonly correlationId: number;
  readonly body: object;
  /** Bytes behind what the schema knows. */
  readonly left: number;
}

export function decodeFrame(api: Api, version: number, direction: Direction, bytes: Buffer): Decoded {
  const reader = new ByteReader(bytes);
  if (direction === 'response') {
    const { correlationId } = readResponseHeader(reader, api, version);
    const body = api.response.read(reader, version);
    return { clientId: null, correlationId, body, left: reader.remaining };
  }
  const { clientId, correlationId } = readRequestHeader(reader, () => api);
  const body = api.request.read(reader, version);
  return { clientId, correlationId, body, left: reader.remaining };
}

export function encodeFrame(api: Api, version: number, direction: Direction, decoded: Decoded): Buffer {
  const { clientId, correlationId, body } = decoded;
  const parts =
    direction === 'request'
      ? requestFrame(api, { version, correlationId, clientId }, body)
      : responseFrame(api, version, correlationId, body);
  return Buffer.concat(parts).subarray(SIZE_BYTES);
}

/** Whether our schemas write the frame as they read it. Throws when they cannot read it. */
export function comesBack(api: Api, version: number, direction: Direction, bytes: Buffer): boolean {
  return encodeFrame(api, version, direction, decodeFrame(api, version, direction, bytes)).equals(bytes);
}
