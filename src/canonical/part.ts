/**
 * Part: a piece of a definition that knows where it stands, so that what is wrong with it can be said with its line.
 *
 *   order.lens.yaml:12: steps[3].cast.to: "float" is none of number, integer, text, ...
 */
import { isObject, type Json, JsonNumber, kindOf } from './json.ts';
import { Path } from './path.ts';
import { shortText } from './print-json.ts';

export type Pointer = readonly (string | number)[];

export interface Origin {
  /** Of the file, for messages. */
  readonly name: string;
  readonly lineOf: (pointer: Pointer) => number | undefined;
}

export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly line: number | undefined;
  /** `steps[3].cast.to`; empty: the definition as a whole. */
  readonly field: string;
  readonly reason: string;

  constructor(origin: string, line: number | undefined, field: string, reason: string) {
    const place = line === undefined ? origin : `${origin}:${line}`;
    super(`${place}: ${field === '' ? '' : `${field}: `}${reason}`);
    this.line = line;
    this.field = field;
    this.reason = reason;
  }
}

export class Part {
  readonly value: Json;
  readonly pointer: Pointer;
  readonly #origin: Origin;

  constructor(value: Json, origin: Origin, pointer: Pointer = []) {
    this.value = value;
    this.#origin = origin;
    this.pointer = pointer;
  }

  fail(reason: string): never {
    const { name, lineOf } = this.#origin;
    throw new DefinitionError(name, lineOf(this.pointer), fieldText(this.pointer), reason);
  }

  find(name: string): Part | undefined {
    const value = isObject(this.value) ? this.value.get(name) : undefined;
    return value === undefined ? undefined : new Part(value, this.#origin, [...this.pointer, name]);
  }

  require(name: string): Part {
    return this.find(name) ?? this.fail(`'${name}' is missing`);
  }

  /** All members; of an object only, and with these names only when they are given. */
  members(names?: readonly string[]): [string, Part][] {
    if (!isObject(this.value)) this.fail(`must be a mapping, not ${kindOf(this.value)}`);
    const members = [...this.value].map(([name, value]): [string, Part] => [
      name,
      new Part(value, this.#origin, [...this.pointer, name]),
    ]);
    for (const [name, part] of members)
      if (names?.includes(name) === false) part.fail(`is not known here; known are ${names.join(', ')}`);
    return members;
  }

  items(): Part[] {
    if (!Array.isArray(this.value)) this.fail(`must be a list, not ${kindOf(this.value)}`);
    return this.value.map((value, index) => new Part(value, this.#origin, [...this.pointer, index]));
  }

  text(): string {
    if (typeof this.value !== 'string') this.fail(`must be a text, not ${kindOf(this.value)}`);
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') this.fail(`must be true or false, not ${kindOf(this.value)}`);
    return this.value;
  }

  count(): number {
    const count = this.value instanceof JsonNumber ? Number(this.value.text) : Number.NaN;
    if (!Number.isSafeInteger(count) || count < 0) this.fail('must be a whole number, 0 or more');
    return count;
  }

  oneOf<T extends string>(names: readonly T[]): T {
    const found = names.find((name) => name === this.value);
    return found ?? this.fail(`${shortText(this.value)} is none of ${names.join(', ')}`);
  }

  /** The key under which this part stands, as the path of a field. */
  keyPath(): Path {
    return (
      Path.of(String(this.pointer.at(-1))) ??
      this.fail('its key must be the path of a field, such as customer.id')
    );
  }

  path(): Path {
    return Path.of(this.value) ?? this.fail('must be the path of a field, such as customer.id');
  }
}

function fieldText(pointer: Pointer): string {
  let text = '';
  for (const key of pointer) text += typeof key === 'number' ? `[${key}]` : text === '' ? key : `.${key}`;
  return text;
}
