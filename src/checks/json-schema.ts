/**
 * JsonSchema: a schema's text as a RecordCheck (drafts 7, 2019-09 and 2020-12; the last where `$schema` says nothing).
 *
 * A record without a value passes: it is a deletion. Unknown keywords are refused, since they would check nothing; so are
 * references to other places, which nobody fetches. Patterns run on RE2, in linear time, whatever they are matched with.
 *
 * The validator writes code for each schema, so in a broker this runs in check threads only (decision 0006) and is loaded there at the first
 * use; and in the program of whoever publishes a schema.
 */
import { createRequire } from 'node:module';
import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';
import type { Objection, RecordCheck } from './record-check.ts';

const load = createRequire(import.meta.url);
const DRAFTS: Readonly<Record<string, string>> = {
  'http://json-schema.org/draft-07/schema': 'ajv',
  'https://json-schema.org/draft/2019-09/schema': 'ajv/dist/2019.js',
  'https://json-schema.org/draft/2020-12/schema': 'ajv/dist/2020.js',
};
const NEWEST = 'https://json-schema.org/draft/2020-12/schema';
const TEXT_MAX = 200;
/** A longer value is not opened: its tree may take thirty times its bytes of a thread's heap. */
const VALUE_BYTES_MAX = 4 * 1024 * 1024;

/** Throws an Error that says what is wrong with the schema. */
export function jsonSchemaCheck(text: string): RecordCheck {
  const validate = compile(text);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return ({ value }) => {
    if (value === null) return undefined;
    if (value.length > VALUE_BYTES_MAX)
      return { field: 'value', reason: `is longer than ${VALUE_BYTES_MAX} bytes, which is not checked` };
    let content: unknown;
    try {
      content = JSON.parse(decoder.decode(value));
    } catch (error) {
      return { field: 'value', reason: notJson(value, error as Error) };
    }
    try {
      return validate(content) ? undefined : objectionOf(validate.errors![0]!);
    } catch (error) {
      if (error instanceof RangeError) return { field: 'value', reason: 'is nested too deeply' };
      throw error;
    }
  };
}

function compile(text: string): ValidateFunction {
  const schema = JSON.parse(text) as { readonly $schema?: string };
  const draft = schema.$schema ?? NEWEST;
  const module = DRAFTS[String(draft).replace(/#$/, '')];
  if (module === undefined)
    throw new Error(`$schema '${draft}' is not known; drafts 7, 2019-09 and 2020-12 are`);
  const { default: Validator } = load(module) as { default: new (options: Options) => Ajv };
  const { default: addFormats } = load('ajv-formats') as { default: (ajv: Ajv) => void };
  const ajv = new Validator({
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    validateFormats: true,
    code: { regExp: linearRegExp() },
  });
  addFormats(ajv);
  return ajv.compile(schema);
}

/** ajv keeps patterns by their `toString`, so each must have one of its own. */
function linearRegExp() {
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const make = (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (content: string) => compiled.test(content), toString: () => `/${pattern}/u` };
  };
  return Object.assign(make, { code: 'linearRegExp' }) as unknown as NonNullable<
    NonNullable<Options['code']>['regExp']
  >;
}

function objectionOf({ instancePath, keyword, params, message }: ErrorObject): Objection {
  const at = (name: string) => `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  switch (keyword) {
    case 'required':
      return { field: at(params['missingProperty'] as string), reason: 'is missing' };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return {
        field: at((params['additionalProperty'] ?? params['unevaluatedProperty']) as string),
        reason: 'is not in the schema',
      };
    case 'enum':
      return {
        field: instancePath || 'value',
        reason: short(`must be one of ${JSON.stringify(params['allowedValues'])}`),
      };
    case 'const':
      return {
        field: instancePath || 'value',
        reason: short(`must be ${JSON.stringify(params['allowedValue'])}`),
      };
    default:
      return { field: instancePath || 'value', reason: short(message ?? `fails ${keyword}`) };
  }
}

function notJson(value: Uint8Array, error: Error): string {
  if (value.length === 0) return 'is empty, which is not JSON';
  if (value[0] === 0)
    return 'begins with a zero byte, as serialisers of a schema registry write it; the topic takes plain JSON';
  if (error instanceof TypeError) return 'is not UTF-8';
  return short(`is not JSON: ${error.message}`);
}

function short(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}\u2026`;
}
