/**
 * Builder: a definition written in a program. It makes the same document that a file would hold; only `convert` has no form there.
 *
 *   const order = lens('order@1', { class: 'lens', schema })
 *     .rename({ orderNo: 'orderId' })
 *     .cast({ field: 'total', from: 'text', to: 'number', scale: 2 })
 *     .drop({ others: true })
 *     .definition()
 */
import { type Definition, readDefinition } from './definition.ts';
import { type Json, type JsonObject, jsonOf } from './json.ts';
import { Path } from './path.ts';
import type { StyleName } from './print-json.ts';
import type { LensClass, Step } from './steps/step.ts';
import { type Fail, valueStep } from './steps/value-step.ts';

export interface LensOptions {
  readonly class: LensClass;
  /** JSON Schema, as far as schema.ts knows it. */
  readonly schema: object;
  readonly roundTrip?: 'bytes' | 'value';
  readonly lossy?: string;
  readonly layout?: StyleName;
  readonly order?: readonly string[];
  readonly complement?: 'header' | 'topic';
  readonly examples?: readonly string[];
  readonly description?: string;
}

type Field = string | readonly string[];
type Fields = { readonly field: Field } | { readonly fields: readonly Field[] };
type Cast = Fields & {
  readonly from: 'text' | 'number' | 'epoch-s' | 'epoch-ms';
  readonly to: 'number' | 'integer' | 'text' | 'date' | 'datetime' | 'timestamp';
  readonly scale?: number;
  readonly pad?: number;
  readonly point?: '.' | ',';
  readonly format?: string;
  readonly offset?: string;
};

/** A conversion written by hand must give its inverse. It is never asked about an absent field or null. */
export interface HandConversion {
  /** What it promises; the property tests hold it against that. */
  readonly class: Exclude<LensClass, 'lossy'>;
  /** raw -> canonical; `fail(reason)` refuses the record. */
  readonly get: (raw: Json, fail: Fail) => Json;
  /** canonical -> raw. */
  readonly put: (canonical: Json, fail: Fail) => Json;
}

export function lens(id: string, options: LensOptions): LensBuilder {
  return new LensBuilder(id, options);
}

export class LensBuilder {
  readonly #head: object;
  readonly #steps: object[] = [];
  readonly #byHand = new Map<number, Step>();

  constructor(id: string, options: LensOptions) {
    this.#head = { canonical: id, ...options };
  }

  rename(names: Readonly<Record<string, string>>): this {
    return this.#add({ rename: names });
  }

  move(places: { readonly from: Field; readonly to: Field }): this {
    return this.#add({ move: places });
  }

  cast(settings: Cast): this {
    return this.#add({ cast: settings });
  }

  unit(
    settings: Fields & ({ readonly from: string; readonly to: string } | { readonly factor: number }),
  ): this {
    return this.#add({ unit: settings });
  }

  enum(
    settings: Fields & {
      readonly map: object | readonly (readonly [raw: unknown, canonical: unknown])[];
      readonly others?: 'refuse' | 'keep';
    },
  ): this {
    return this.#add({ enum: settings });
  }

  default(settings: Fields & { readonly value: unknown }): this {
    return this.#add({ default: settings });
  }

  split(settings: { readonly field: Field; readonly by: string; readonly into: readonly Field[] }): this {
    return this.#add({ split: settings });
  }

  join(settings: { readonly fields: readonly Field[]; readonly by: string; readonly into: Field }): this {
    return this.#add({ join: settings });
  }

  wrap(settings: Fields & ({ readonly in: 'list' } | { readonly as: string })): this {
    return this.#add({ wrap: settings });
  }

  drop(
    settings: ({ readonly fields: readonly Field[] } | { readonly others: true }) & {
      readonly home?: 'header' | 'none';
    },
  ): this {
    return this.#add({ drop: settings });
  }

  /** A step of one's own. Such a definition cannot be published: the log keeps no programs. */
  convert(field: string, conversion: HandConversion): this {
    const path = Path.of(field);
    if (path === undefined) throw new RangeError(`'${field}' is no path of a field`);
    const step = valueStep('convert', path, {
      class: conversion.class,
      isByHand: true,
      forward: (raw, fail) => conversion.get(raw!, fail),
      backward: (canonical, fail) => conversion.put(canonical!, fail),
    });
    this.#byHand.set(this.#steps.length, step);
    return this.#add({ 'by hand': field });
  }

  /** Throws `DefinitionError`. */
  definition(): Definition {
    const document = jsonOf(this.#head) as JsonObject;
    document.set('steps', jsonOf(this.#steps));
    return readDefinition(document, undefined, this.#byHand);
  }

  #add(step: object): this {
    this.#steps.push(step);
    return this;
  }
}
