/**
 * Definition: a canonical form, and how raw records of one or several dialects become it. A document (YAML, JSON or what the
 * builder makes) is read into it once; whatever is wrong is a `DefinitionError` with its line.
 *
 *   canonical: order@1               name@version: published once, never changed
 *   class: iso | injection | lens | lossy            the promise; steps that promise less are refused
 *   roundTrip: bytes (default) | value               what comes back: the raw bytes, or the same JSON value
 *   layout: compact | spaced-ascii | ...               how the raw text usually looks (print-json.ts)
 *   order: [id, total]                               how its keys usually stand
 *   complement: header (default) | topic             where that is kept which has no room (complement.ts)
 *   steps: [ ... ]                                     steps/
 *   examples: [ ... ]                                  raw texts for `gregor canonical test`
 *   schema: { ... }                                    the canonical shape (schema.ts)
 *
 * With `dialects: { name: { class, layout, order, complement, steps, examples } }` several kinds of raw records become one form.
 */
import { complementTopicOf } from './complement.ts';
import { isObject, type Json } from './json.ts';
import { type Origin, Part } from './part.ts';
import { STYLES, type StyleName } from './print-json.ts';
import { readSchema, type Schema } from './schema.ts';
import { readSteps } from './steps/index.ts';
import { CLASSES, type LensClass, type Step, weaker } from './steps/step.ts';

export interface Definition {
  /** `order@1`. */
  readonly id: string;
  readonly roundTrip: 'bytes' | 'value';
  readonly schema: Schema;
  /** By name; the only one has none: ''. */
  readonly dialects: ReadonlyMap<string, Dialect>;
  /** As it was written. */
  readonly document: Json;
}

export interface Dialect {
  /** `order@1`, or `order@1/name`: the text of the header gregor-canonical. */
  readonly form: string;
  readonly class: LensClass;
  /** Why it may be lossy. */
  readonly reason: string | undefined;
  readonly layout: StyleName;
  readonly order: readonly string[];
  /** Where the complement is kept; undefined: in a header. */
  readonly complementTopic: string | undefined;
  readonly steps: readonly Step[];
  readonly examples: readonly string[];
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[1-9]\d{0,8}$/;
const DIALECT_NAME = /^[A-Za-z0-9_-]{1,100}$/;
const OF_ALL = ['canonical', 'description', 'roundTrip', 'schema'];
const OF_DIALECT = ['class', 'lossy', 'layout', 'order', 'complement', 'steps', 'examples'];
const NO_LINES: Origin = { name: 'definition', lineOf: () => undefined };

/** Steps written in a program, by their place in `steps:`, where the document has `by hand`. */
export type HandSteps = ReadonlyMap<number, Step>;

export function readDefinition(
  document: Json,
  origin = NO_LINES,
  handSteps: HandSteps = new Map(),
): Definition {
  const part = new Part(document, origin);
  const hasDialects = isObject(document) && document.has('dialects');
  part.members([...OF_ALL, ...(hasDialects ? ['dialects'] : OF_DIALECT)]);
  const id = part.require('canonical');
  if (!ID.test(id.text())) id.fail('must be a name and a version, such as order@1');
  part.find('description')?.text();
  const schemaPart = part.require('schema');
  const schema = readSchema(schemaPart);
  if (schema.properties === undefined) schemaPart.fail("needs 'properties': a canonical record is an object");
  return {
    id: id.text(),
    roundTrip: part.find('roundTrip')?.oneOf(['bytes', 'value']) ?? 'bytes',
    schema,
    dialects: hasDialects
      ? readDialects(part.require('dialects'), id.text(), schema)
      : new Map([['', readDialect(part, id.text(), schema, handSteps)]]),
    document,
  };
}

function readDialects(part: Part, id: string, schema: Schema): Map<string, Dialect> {
  const dialects = part.members().map(([name, dialect]): [string, Dialect] => {
    if (!DIALECT_NAME.test(name)) dialect.fail('the name of a dialect is made of letters, digits, _ and -');
    dialect.members(OF_DIALECT);
    return [name, readDialect(dialect, `${id}/${name}`, schema, new Map())];
  });
  if (dialects.length === 0) part.fail('must name at least one dialect');
  return new Map(dialects);
}

function readDialect(part: Part, form: string, schema: Schema, handSteps: HandSteps): Dialect {
  const promised = part.require('class').oneOf(CLASSES);
  return {
    form,
    class: promised,
    reason: readReason(part, promised),
    layout: part.find('layout')?.oneOf(Object.keys(STYLES) as StyleName[]) ?? 'compact',
    order:
      part
        .find('order')
        ?.items()
        .map((item) => item.text()) ?? [],
    complementTopic: readComplementTopic(part, promised, form),
    steps: readPromised(part, promised, schema, handSteps),
    examples:
      part
        .find('examples')
        ?.items()
        .map((item) => item.text()) ?? [],
  };
}

/** The steps; one that cannot keep the promise is refused where it stands. */
function readPromised(part: Part, promised: LensClass, schema: Schema, handSteps: HandSteps): Step[] {
  const written = part.find('steps');
  if (written === undefined) return [];
  return readSteps(written, schema, handSteps).map(({ step, at }) => {
    if (weaker(promised, step.class) !== promised)
      at.fail(`${step.title} is of class ${step.class}: it cannot keep the promise 'class: ${promised}'`);
    return step;
  });
}

function readComplementTopic(part: Part, promised: LensClass, form: string): string | undefined {
  const place = part.find('complement');
  if (place === undefined) return undefined;
  if (promised !== 'lens') place.fail("is for 'class: lens': the others keep nothing beside");
  return place.oneOf(['header', 'topic']) === 'topic' ? complementTopicOf(form) : undefined;
}

function readReason(part: Part, promised: LensClass): string | undefined {
  const reason = part.find('lossy');
  if (promised !== 'lossy') return reason?.fail("is for 'class: lossy' alone");
  if (reason === undefined)
    part.fail('\'class: lossy\' needs a reason: lossy: "card numbers must not be kept"');
  return reason.text();
}
