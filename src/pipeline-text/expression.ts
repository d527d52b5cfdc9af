/**
 * Expression: a CEL expression over one record, compiled once. It sees `key`, `value`, `headers` (name -> text), `timestamp` (event
 * time in milliseconds), `topic`, `partition`, `offset`, and nothing else.
 *
 *   N1  a number of JSON is a double, as in JSON. Written numbers (1) are 64-bit integers, and both may be mixed: value.n + 1
 *   N2  a result that is an integer becomes a number where it fits 2^53, else it stays a bigint
 *       Of lossless JSON, integers beyond that are 64-bit integers here too, so none is rounded.
 *   N3  a field that is not there is an error, which is that record's own; has(value.x) and value.?x.orValue(0) ask first
 */
import { type ASTNode, CelError, compiledBy, type Compiled } from './cel.ts';
import { type Json, JsonNumber } from '../canonical/index.ts';
import { headerText, LosslessJson, type Paths, type StreamRecord, withPaths } from '../streams/index.ts';
import type { Form } from './form.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Part } from './part.ts';
import { meant } from './text-error.ts';

// biome-ignore lint/suspicious/noExplicitAny: what an expression answers is as free as what it reads
export type Apply<R = any> = (record: StreamRecord<any, any>) => R;

const VARIABLES: Readonly<Record<string, (record: StreamRecord) => unknown>> = {
  key: ({ key }) => key,
  value: ({ value }) => (value instanceof LosslessJson ? valueOf(value.tree) : value),
  headers: ({ headers }) =>
    Object.fromEntries(headers.map(({ key }) => [key, headerText(headers, key) ?? ''])),
  timestamp: ({ timestampMs }) => timestampMs,
  topic: ({ source }) => source.topic,
  partition: ({ source }) => source.partition,
  offset: ({ source }) => source.offset,
};
export const VARIABLE_NAMES = Object.keys(VARIABLES);

const SCHEMA: JsonSchema = {
  type: ['string', 'number', 'boolean'],
  description: `CEL over ${VARIABLE_NAMES.join(', ')}`,
};

/** Answers any value. */
export const expression: Form<Apply> = {
  schema: SCHEMA,
  what: 'an expression such as value.id',
  read: (part) => compile(part),
};

export const condition: Form<Apply<boolean>> = {
  schema: { type: ['string', 'boolean'], description: SCHEMA['description'] },
  what: 'a condition such as value.total > 0',
  read: (part) => {
    const apply = compile(part, ['bool']);
    return withPaths((record) => {
      const answer: unknown = apply(record);
      if (typeof answer !== 'boolean')
        throw new TypeError(`'${sourceOf(part)}' is ${JSON.stringify(answer)}, neither true nor false`);
      return answer;
    }, undefined);
  },
};

/** For what identifies a record: its paths are known where they are plain. */
export const identity: Form<Apply> = {
  ...expression,
  read: (part) => compile(part, ['string', 'int', 'double', 'uint']),
};

/** Over several records at once, by the name `records`: a list of { key, value, headers, timestamp }. */
export const groupCondition: Form<(records: readonly StreamRecord[]) => boolean> = {
  schema: { type: 'string', description: 'CEL over records, a list of { key, value, headers, timestamp }' },
  what: 'a condition such as records.exists(r, r.value.last)',
  read: (part) => {
    const program = programOf(part, ['records'], ['bool']);
    return (records) => {
      const scope = records.map((record) => scopeOf(record, ['key', 'value', 'headers', 'timestamp']));
      return run(program, { records: scope }) === true;
    };
  },
};

/** A piece of a text, from its character `at` on. */
export function expressionIn(part: Part, source: string, at: number): Apply {
  return compile(part, ['string', 'int', 'double', 'uint', 'null'], { source, at });
}

function compile(part: Part, types: readonly string[] = [], piece = wholeOf(part)): Apply {
  const program = programOf(part, VARIABLE_NAMES, types, piece);
  const names = VARIABLE_NAMES.filter((name) => program.reads.has(name));
  return withPaths((record) => jsonOf(run(program, scopeOf(record, names))), pathsIn(program.ast));
}

function valueOf(tree: Json): unknown {
  if (tree instanceof JsonNumber) {
    const number = Number(tree.text);
    return /^-?\d+$/.test(tree.text) && !Number.isSafeInteger(number) ? BigInt(tree.text) : number;
  }
  if (Array.isArray(tree)) return tree.map(valueOf);
  if (!(tree instanceof Map)) return tree;
  return Object.fromEntries([...tree].map(([name, member]) => [name, valueOf(member)]));
}

interface Program extends Compiled {
  readonly source: string;
}

interface Piece {
  readonly source: string;
  readonly at: number;
}

function sourceOf(part: Part): string {
  return String(part.json);
}

function wholeOf(part: Part): Piece {
  return { source: sourceOf(part), at: 0 };
}

function programOf(
  part: Part,
  variables: readonly string[],
  types: readonly string[],
  { source, at }: Piece = wholeOf(part),
): Program {
  if (part.isMap || part.isList || part.json === null || source === '')
    part.fail(`it must be an expression, not ${part.kind}`, 'Such as value.id');
  const compiled = compiledBy(variables, source);
  if ('problem' in compiled) {
    const { summary, start, unknown } = compiled.problem;
    const site = part.siteOf(at + start);
    if (unknown !== undefined)
      part.fail(
        `the expression '${source}' reads '${unknown}', which is not known`,
        unknownFix(variables, unknown),
        site,
      );
    part.fail(...readingProblem(source, summary), site);
  }
  if (types.length > 0 && compiled.type !== 'dyn' && !types.includes(compiled.type))
    part.fail(`the expression '${source}' gives ${compiled.type}`, `Needed is ${types.join(' or ')}`);
  return { ...compiled, source };
}

function readingProblem(source: string, summary: string): [reason: string, fix: string] {
  const expression = `the expression '${source}'`;
  if (summary.endsWith('token: EOF'))
    return [
      `${expression} ends in the middle`,
      'Something is missing behind it, or a bracket or a quote is open',
    ];
  const fix = summary.endsWith('character: =')
    ? 'Equal is == in an expression'
    : 'Texts stand in quotes inside an expression, such as value.state == "new"';
  return [`${expression} cannot be read: ${summary}`, fix];
}

function unknownFix(variables: readonly string[], unknown: string): string {
  const near = meant(variables, unknown);
  return near.startsWith('Did') ? near : `A field of the value is value.${unknown}. ${near}`;
}

function scopeOf(record: StreamRecord, names: readonly string[]): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  for (const name of names) scope[name] = VARIABLES[name]!(record);
  return scope;
}

function run({ evaluate, source }: Program, scope: Record<string, unknown>): unknown {
  try {
    return evaluate(scope);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const { summary, code } = error;
    const [, field] = /^No such key: (.*)$/.exec(summary) ?? [];
    const reason = code === 'no_such_key' && field !== undefined ? `there is no field '${field}'` : summary;
    throw new TypeError(`${reason} (in '${source}')`, { cause: error });
  }
}

/** N2, also inside of lists and objects; what needs no change stays the same object. */
function jsonOf(value: unknown): unknown {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map(jsonOf);
    return items.every((item, n) => item === value[n]) ? value : items;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value);
  const changed = entries.map(([name, member]) => [name, jsonOf(member)] as const);
  return changed.every(([, member], n) => member === entries[n]![1]) ? value : Object.fromEntries(changed);
}

/** As streams sees them in TypeScript: a field, or a sum of fields, texts and string(field). Undefined: something else. */
function pathsIn(ast: ASTNode): Paths | undefined {
  const parts = sumOf(ast).filter((part) => !(part.op === 'value' && typeof part.args === 'string'));
  const paths = new Set<string>();
  for (const part of parts) {
    const inner = part.op === 'call' && part.args[0] === 'string' ? part.args[1][0]! : part;
    const path = pathOf(inner);
    if (path === undefined) return undefined;
    paths.add(path.join('.'));
  }
  return paths.size === 0 ? undefined : [...paths];
}

function sumOf(node: ASTNode): ASTNode[] {
  return node.op === '+' ? node.args.flatMap(sumOf) : [node];
}

function pathOf(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op === '.') {
    const before = pathOf(node.args[0]);
    return before === undefined ? undefined : [...before, node.args[1]];
  }
  if (node.op !== '[]') return undefined;
  const [object, index] = node.args;
  const before = pathOf(object);
  if (before === undefined || index.op !== 'value' || typeof index.args !== 'string') return undefined;
  return [...before, index.args];
}
