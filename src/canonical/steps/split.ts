/**
 * split and join: one text and its parts, each the other's inverse.
 *
 *   split: { field: name, by: ' ', into: [first, last] }      "Ada King" <-> "Ada", "King"
 *   join:  { fields: [day, time], by: T, into: at }           "2001-01-31", "09:05" <-> "2001-01-31T09:05"
 *
 * All parts but the last are free of the separator; the last takes what is left. All parts are null together, or absent together.
 */
import { type Json, type JsonObject, kindOf } from '../json.ts';
import type { Part } from '../part.ts';
import type { Path } from '../path.ts';
import { shortText } from '../print-json.ts';
import { Refused } from '../refused.ts';
import type { Step } from './step.ts';

export function splitSteps(part: Part): Step[] {
  part.members(['field', 'by', 'into']);
  const whole = part.require('field').path();
  const parts = severalPaths(part.require('into'));
  const by = separator(part);
  return [
    {
      title: `split ${whole.text}`,
      class: 'injection',
      get: (document) => apart(document, whole, parts, by),
      put: (document) => together(document, whole, parts, by),
    },
  ];
}

export function joinSteps(part: Part): Step[] {
  part.members(['fields', 'by', 'into']);
  const whole = part.require('into').path();
  const parts = severalPaths(part.require('fields'));
  const by = separator(part);
  return [
    {
      title: `join ${whole.text}`,
      class: 'injection',
      get: (document) => together(document, whole, parts, by),
      put: (document) => apart(document, whole, parts, by),
    },
  ];
}

function separator(part: Part): string {
  const by = part.require('by');
  return by.text() === '' ? by.fail('must not be empty') : by.text();
}

function severalPaths(part: Part): Path[] {
  const paths = part.items().map((item) => item.path());
  return paths.length < 2 ? part.fail('must name at least two fields') : paths;
}

function apart(document: JsonObject, whole: Path, parts: readonly Path[], by: string): undefined {
  const value = whole.take(document);
  if (value === undefined) {
    for (const path of parts) requireFree(document, path);
    return;
  }
  const texts = value === null ? parts.map(() => null) : cut(value, whole, parts.length, by);
  for (const [index, path] of parts.entries()) {
    requireFree(document, path);
    place(document, path, texts[index]!);
  }
}

function cut(value: Json, whole: Path, count: number, by: string): Json[] {
  if (typeof value !== 'string') throw new Refused(whole.text, `must be a string, not ${kindOf(value)}`);
  const texts = value.split(by);
  if (texts.length < count)
    throw new Refused(
      whole.text,
      `${shortText(value)} has not ${count} parts with ${shortText(by)} between them`,
    );
  return [...texts.slice(0, count - 1), texts.slice(count - 1).join(by)];
}

function together(document: JsonObject, whole: Path, parts: readonly Path[], by: string): undefined {
  const values = parts.map((path) => path.find(document));
  if (values.every((value) => value === undefined)) {
    requireFree(document, whole);
    return;
  }
  for (const path of parts) path.take(document);
  requireFree(document, whole);
  place(document, whole, values.every((value) => value === null) ? null : glue(values, parts, by));
}

function glue(values: readonly (Json | undefined)[], parts: readonly Path[], by: string): string {
  for (const [index, value] of values.entries()) {
    const { text } = parts[index]!;
    if (typeof value !== 'string') throw new Refused(text, `must be a string, not ${kindOf(value)}`);
    if (index < values.length - 1 && value.includes(by))
      throw new Refused(text, `${shortText(value)} contains the separator ${shortText(by)}`);
  }
  return values.join(by);
}

function place(document: JsonObject, path: Path, value: Json): void {
  if (!path.set(document, value))
    throw new Refused(path.text, 'something that is no object stands in the way');
}

function requireFree(document: JsonObject, path: Path): void {
  if (path.find(document) !== undefined)
    throw new Refused(path.text, 'is there already: rename or drop it first');
}
