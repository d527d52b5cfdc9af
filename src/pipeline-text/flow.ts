/** Flow: a stream while its text is read, with what is known of its records: in which form key and value are at this point. */
import type { Serde, Stream } from '../streams/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: text has no types; what does not fit is that record's own error
export type AnyStream = Stream<any, any>;

/** `bytes`: as they were read; the others have a serde of that kind. Lossless JSON can be read and passed on, not changed. */
export type Shape = 'bytes' | 'text' | 'value' | 'lossless';

export interface Flow {
  readonly stream: AnyStream;
  readonly key: Shape;
  readonly value: Shape;
}

export type AnySerde = Serde<unknown>;
