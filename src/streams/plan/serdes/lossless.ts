/** JSON with every digit and every byte: see lossless-json.ts. */
import { LosslessJson } from '../../lossless-json.ts';
import type { Serde } from '../serde.ts';
import { text } from './bytes.ts';

export const lossless: Serde<LosslessJson> = {
  name: 'lossless json',
  parse: (bytes) => LosslessJson.parse(text.parse(bytes)),
  serialise(value) {
    if (!(value instanceof LosslessJson))
      throw new TypeError('the topic takes lossless JSON: make it with LosslessJson.of(…)');
    return Buffer.from(value.text);
  },
};
