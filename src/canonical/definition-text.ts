/**
 * DefinitionText: a definition as a file. JSON as it is published on the log, or YAML (1.2, core schema) as people write it:
 * `no` and `on` are texts there, and a number keeps its digits.
 *
 * The YAML parser is loaded when the text is no JSON: whoever takes definitions from the log never loads it.
 */
import type * as Yaml from 'yaml';
import type { Document, Node, Scalar } from 'yaml';
import { type Definition, readDefinition } from './definition.ts';
import { type Json, JsonNumber, type JsonObject } from './json.ts';
import { parseJson } from './parse-json.ts';
import { DefinitionError, type Pointer } from './part.ts';
import { Refused } from './refused.ts';

/** `name` is what messages call it: the file. Rejects with `DefinitionError`. */
export async function parseDefinition(text: string, name = 'definition'): Promise<Definition> {
  if (text.trimStart().startsWith('{')) return parseJsonDefinition(text, name);
  return parseYamlDefinition(text, name, await import('yaml'));
}

/** Throws `DefinitionError`. */
export function parseJsonDefinition(text: string, name = 'definition'): Definition {
  const places = new Map<string, number>();
  const document = orDefinitionError(name, () => {
    const parsed = parseJson(text, (pointer, at) => places.set(keyOf(pointer), at));
    if (parsed.superseded.length > 0) throw new Refused('', 'a key is there twice');
    return parsed.value;
  });
  const lineOf = (pointer: Pointer) => lineAt(text, places.get(keyOf(pointer)));
  return readDefinition(document, { name, lineOf });
}

/** For who has the parser already. Throws `DefinitionError`. */
export function parseYamlDefinition(text: string, name: string, yaml: typeof Yaml): Definition {
  const { isAlias, isMap, isScalar, isSeq, parseDocument } = yaml;
  const document: Document = parseDocument(text, { version: '1.2', intAsBigInt: true, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined)
    throw new DefinitionError(name, lineAt(text, problem.pos[0]), '', problem.message.split('\n')[0]!);
  const places = new Map<string, number>();
  const treeOf = (node: unknown, pointer: Pointer): Json => {
    const at = (node as Node | null)?.range?.[0];
    if (at !== undefined) places.set(keyOf(pointer), at);
    const fail = (reason: string): never => {
      throw new DefinitionError(name, lineAt(text, at), pointer.join('.'), reason);
    };
    if (node === null) return null;
    if (isAlias(node)) return treeOf(node.resolve(document), pointer);
    if (isSeq(node)) return node.items.map((item, index) => treeOf(item, [...pointer, index]));
    if (isMap(node)) {
      const members: JsonObject = new Map();
      for (const { key, value } of node.items) {
        const written = isScalar(key) ? (key.source ?? '') : fail('a key must be a text');
        members.set(written, treeOf(value, [...pointer, written]));
      }
      return members;
    }
    return isScalar(node) ? scalarOf(node, fail) : fail('that has no place in a definition');
  };
  return readDefinition(treeOf(document.contents, []), {
    name,
    lineOf: (pointer) => lineAt(text, places.get(keyOf(pointer))),
  });
}

function scalarOf({ value, source = '' }: Scalar, fail: (reason: string) => never): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  try {
    const { value: number } = parseJson(source);
    if (number instanceof JsonNumber) return number;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return fail(`write ${source} as JSON writes numbers, or in quotes`);
}

function orDefinitionError<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) throw new DefinitionError(name, undefined, error.field, error.reason);
    throw error;
  }
}

function lineAt(text: string, at: number | undefined): number | undefined {
  return at === undefined ? undefined : text.slice(0, at).split('\n').length;
}

function keyOf(pointer: Pointer): string {
  return JSON.stringify(pointer);
}
