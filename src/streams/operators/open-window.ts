/** OpenWindow: an aggregate that is still growing, and what of it leaves as a result. */
import type { Source, StreamRecord } from '../record.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import type { Windowed } from './window-options.ts';

export interface OpenWindow {
  readonly key: unknown;
  readonly startMs: number;
  readonly endMs: number;
  readonly aggregate: unknown;
  /** How often it has changed. */
  readonly revision: number;
  /** The record that changed it last: the provenance of the result. */
  readonly source: Source;
}

export const REVISION_HEADER = 'x-revision';
export const REPLACES_HEADER = 'x-replaces';

type Stored = readonly [unknown, number, number, unknown, number, string, number, number];

export const windowsCodec: Codec<readonly OpenWindow[]> = {
  encode: (windows) =>
    jsonCodec.encode(
      windows.map(({ key, startMs, endMs, aggregate, revision, source }): Stored => {
        const { topic, partition, offset } = source;
        return [key, startMs, endMs, aggregate, revision, topic, partition, offset];
      }),
    ),
  decode: (bytes) =>
    (jsonCodec.decode(bytes) as Stored[]).map(
      ([key, startMs, endMs, aggregate, revision, topic, partition, offset]) => ({
        key,
        startMs,
        endMs,
        aggregate,
        revision,
        source: { topic, partition, offset },
      }),
    ),
};

/** At the last moment of the window. */
export function resultOf(window: OpenWindow, headers: StreamRecord['headers'] = []): StreamRecord {
  const { key, startMs, endMs, aggregate, source } = window;
  const value: Windowed<unknown> = { startMs, endMs, value: aggregate };
  return { key, value, headers, timestampMs: endMs - 1, source, raw: undefined };
}

export function revisionHeaders(
  window: OpenWindow,
  replaced: readonly OpenWindow[],
): StreamRecord['headers'] {
  const header = (key: string, text: string) => ({ key, value: Buffer.from(text) });
  const others = replaced.filter(
    ({ startMs, endMs }) => startMs !== window.startMs || endMs !== window.endMs,
  );
  return [
    header(REVISION_HEADER, String(window.revision)),
    ...(others.length === 0
      ? []
      : [header(REPLACES_HEADER, others.map(({ startMs, endMs }) => `${startMs}-${endMs}`).join(', '))]),
  ];
}
