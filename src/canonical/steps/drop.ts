/**
 * drop: what the canonical form has no room for.
 *
 *   drop: { fields: [internal, debug.trace] }             kept in the complement header
 *   drop: { others: true }                                everything that the schema does not know; the last step
 *   drop: { fields: [cardNumber], home: none }            gone; the definition must be `class: lossy`
 */
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Part } from '../part.ts';
import type { Path } from '../path.ts';
import type { Schema } from '../schema.ts';
import type { Step } from './step.ts';

export function dropSteps(part: Part, schema: Schema): Step[] {
  part.members(['fields', 'others', 'home']);
  const isKept = part.find('home')?.oneOf(['header', 'none']) !== 'none';
  const others = part.find('others');
  if (others !== undefined) {
    if (!others.flag()) others.fail('must be true, or left out');
    part.find('fields')?.fail("either 'fields' or 'others'");
    return [dropStep('others', (document) => unknown(document, schema), isKept)];
  }
  const paths = part
    .require('fields')
    .items()
    .map((item) => item.path());
  const step = dropStep(
    paths.map(({ text }) => text).join(', '),
    (document) => named(document, paths),
    isKept,
  );
  return [{ ...step, vary: (document, choose) => vary(document, paths, choose) }];
}

function dropStep(what: string, takeOut: (document: JsonObject) => JsonObject, isKept: boolean): Step {
  return {
    title: `drop ${what}`,
    class: isKept ? 'lens' : 'lossy',
    get(document) {
      const dropped = takeOut(document);
      return isKept && dropped.size > 0 ? dropped : undefined;
    },
    put(document, rest) {
      if (isObject(rest)) merge(document, rest);
    },
  };
}

function named(document: JsonObject, paths: readonly Path[]): JsonObject {
  const dropped: JsonObject = new Map();
  for (const path of paths) {
    const value = path.take(document);
    if (value !== undefined) path.set(dropped, value);
  }
  return dropped;
}

/** What a schema's objects have no property for, nested ones too; lists are looked into by no one. */
function unknown(document: JsonObject, schema: Schema): JsonObject {
  const dropped: JsonObject = new Map();
  for (const [key, value] of [...document]) {
    const property = schema.properties?.get(key);
    if (property === undefined && !schema.isOpen) {
      dropped.set(key, value);
      document.delete(key);
    } else if (property?.properties !== undefined && isObject(value)) {
      const inner = unknown(value, property);
      if (inner.size > 0) dropped.set(key, inner);
    }
  }
  return dropped;
}

/** Fills in what is not there. */
function merge(document: JsonObject, rest: JsonObject): void {
  for (const [key, value] of rest) {
    const there = document.get(key);
    if (there === undefined) document.set(key, value);
    else if (isObject(there) && isObject(value)) merge(there, value);
  }
}

const STRANGE: readonly Json[] = ['x', '', null, false];

function vary(document: JsonObject, paths: readonly Path[], choose: (count: number) => number): void {
  for (const path of paths) {
    const chosen = choose(STRANGE.length + 1);
    if (chosen > 0 && path.find(document) === undefined) path.set(document, STRANGE[chosen - 1]!);
  }
}
