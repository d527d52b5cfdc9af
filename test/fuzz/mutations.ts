/** Mutations: ways in which a frame can be wrong. Each takes a whole frame (length prefix included) and damages a copy. */
import type { Random } from '../../src/env/index.ts';

type Mutation = (frame: Buffer, random: Random) => Buffer;

const LENGTH_BYTES = 4;
const HEADER_BYTES = 8;
/** Values that break careless readers: signs, limits, huge lengths. */
const WORDS = [-1, 0, 1, 0x7fffffff, -0x80000000, 0x7f, 0xff, 0x0fffffff, 0x40000000];

/** A few random bytes become others. */
const flipBytes: Mutation = (frame, random) => {
  for (let n = 1 + random.below(4); n > 0; n--)
    frame[LENGTH_BYTES + random.below(frame.length - LENGTH_BYTES)] = random.below(256);
  return frame;
};

/** Four bytes in a row become a number that breaks things. */
const placeWord: Mutation = (frame, random) => {
  if (frame.length < LENGTH_BYTES + HEADER_BYTES + 4) return flipBytes(frame, random);
  const at = LENGTH_BYTES + HEADER_BYTES + random.below(frame.length - LENGTH_BYTES - HEADER_BYTES - 3);
  frame.writeInt32BE(WORDS[random.below(WORDS.length)]!, at);
  return frame;
};

/** The body ends early; the length prefix is honest about it. */
const truncate: Mutation = (frame, random) => {
  const length = random.below(frame.length - LENGTH_BYTES);
  const cut = Buffer.from(frame.subarray(0, LENGTH_BYTES + length));
  cut.writeInt32BE(length, 0);
  return cut;
};

/** Garbage in the middle; the length prefix is honest about it. */
const insert: Mutation = (frame, random) => {
  const at = LENGTH_BYTES + random.below(frame.length - LENGTH_BYTES);
  const garbage = Buffer.alloc(1 + random.below(16), random.below(256));
  const grown = Buffer.concat([frame.subarray(0, at), garbage, frame.subarray(at)]);
  grown.writeInt32BE(grown.length - LENGTH_BYTES, 0);
  return grown;
};

/** Varints that never end. */
const deepVarint: Mutation = (frame, random) => {
  const at =
    LENGTH_BYTES + HEADER_BYTES + random.below(Math.max(1, frame.length - LENGTH_BYTES - HEADER_BYTES));
  for (let n = 0; n < 12 && at + n < frame.length; n++) frame[at + n] = 0xff;
  return frame;
};

/** The length prefix lies: negative, huge, or off by a little. */
const wrongLength: Mutation = (frame, random) => {
  const honest = frame.readInt32BE(0);
  const choices = [-1, -0x80000000, 0x7fffffff, 0, honest + 1, honest - 1, 1, 0x06400001];
  frame.writeInt32BE(choices[random.below(choices.length)]!, 0);
  return frame;
};

/** An API or version that nobody knows. */
const unknownApi: Mutation = (frame, random) => {
  if (random.below(2) === 0) frame.writeInt16BE(random.below(0x10000) - 0x8000, LENGTH_BYTES);
  else frame.writeInt16BE(random.below(40) - 4, LENGTH_BYTES + 2);
  return frame;
};

/** Weighted by repetition: damage inside the body is what finds most. */
const MUTATIONS: readonly Mutation[] = [
  flipBytes,
  flipBytes,
  flipBytes,
  placeWord,
  placeWord,
  placeWord,
  truncate,
  insert,
  deepVarint,
  wrongLength,
  unknownApi,
];

export function mutate(frame: Buffer, random: Random): Buffer {
  return MUTATIONS[random.below(MUTATIONS.length)]!(Buffer.from(frame), random);
}
