/**
 * LosslessJson: a JSON text and its tree. As long as nobody changes it, it is written byte for byte as it was read: digits, the order
 * and the repetition of keys, escapes, white space. Immutable.
 *
 *   record.value.get('order.total')            a JsonNumber with all digits, as `text`
 *   LosslessJson.of(new Map([...json.tree]))   another tree, written compactly, in the order of the tree
 */
import { type Json, jsonOf, parseJson, printJson, STYLES } from '../canonical/index.ts';

export class LosslessJson {
  readonly text: string;
  #tree: Json | undefined;

  private constructor(text: string, tree: Json | undefined) {
    this.text = text;
    this.#tree = tree;
  }

  /** Throws for what is not JSON; the message names the byte. */
  static parse(text: string): LosslessJson {
    return new LosslessJson(text, parseJson(text).value);
  }

  /** Of a tree (numbers as JsonNumber), or of plain values. */
  static of(value: unknown): LosslessJson {
    const tree = jsonOf(value);
    return new LosslessJson(printJson(tree, STYLES.compact), tree);
  }

  /** Text that was parsed before: out of state. */
  static known(text: string): LosslessJson {
    return new LosslessJson(text, undefined);
  }

  get tree(): Json {
    return (this.#tree ??= parseJson(this.text).value);
  }

  /** By names and positions with dots between them; undefined: it is not there. Of repeated keys the last one counts. */
  get(path: string): Json | undefined {
    let found: Json | undefined = this.tree;
    for (const name of path.split('.')) {
      if (found instanceof Map) found = found.get(name);
      else if (Array.isArray(found)) found = found[Number(name)];
      else return undefined;
    }
    return found;
  }

  /** So that JSON.stringify does not write an empty object; it rounds numbers. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
