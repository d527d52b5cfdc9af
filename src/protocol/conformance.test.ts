/** Our schemas against Kafka's published definitions, where a copy of those stands beside the project. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { requestHeaderVersion, responseHeaderVersion } from './api.ts';
import { ERRORS } from './errors.ts';
import * as protocol from './index.ts';
import { type Field, type Fields, Message } from './schema.ts';
import { includes } from './versions.ts';

interface TheirField {
  name: string;
  type: string;
  versions?: string;
  nullableVersions?: string;
  taggedVersions?: string;
  flexibleVersions?: string;
  tag?: number;
  default?: string | number | boolean | null;
  ignorable?: boolean | string;
  fields?: TheirField[];
}
interface TheirMessage {
  apiKey?: number;
  type: string;
  name: string;
  validVersions: string;
  flexibleVersions: string;
  fields: TheirField[];
  commonStructs?: TheirField[];
}

const folder = path.join(import.meta.dirname, '../../../shared/protocol');
const skip = existsSync(folder) ? false : 'the definitions of Kafka are not here';
const exported: readonly unknown[] = Object.values(protocol);
const ours = exported.filter((value): value is Message<any> => value instanceof Message);
const theirs = skip === false ? readAll() : new Map<string, TheirMessage>();

test('every message of ours is as Kafka defines it, field by field, in every version', { skip }, () => {
  assert.ok(ours.length > 100);
  for (const message of ours) {
    const definition = theirs.get(message.name);
    assert.ok(definition, `${message.name} has a definition`);
    const range = `${message.versionMin}-${message.versionMax}`.replace(/^(\d+)-\1$/, '$1');
    assert.equal(range, definition.validVersions, message.name);
    for (let version = message.versionMin; version <= message.versionMax; version++)
      assert.deepEqual(
        describe(message, version),
        describeTheirs(definition, version),
        `${message.name} v${version}`,
      );
  }
});

test('every API has the key, and every header the version, that Kafka gives it', { skip }, () => {
  for (const api of protocol.APIS) {
    const request = theirs.get(`${api.name}Request`)!;
    assert.equal(request.apiKey, api.key, api.name);
    assert.equal(api.request.name, `${api.name}Request`);
    assert.equal(api.response.name, `${api.name}Response`);
    for (let version = api.versionMin; version <= api.versionMax; version++) {
      const flexible = inRange(request.flexibleVersions, version);
      assert.equal(requestHeaderVersion(api, version), flexible ? 2 : 1, `${api.name} v${version}`);
      assert.equal(
        responseHeaderVersion(api, version),
        flexible && api.key !== 18 ? 1 : 0,
        `${api.name} v${version}`,
      );
    }
  }
  const keys = protocol.APIS.map(({ key }) => key);
  assert.deepEqual(
    keys,
    [...new Set(keys)].sort((a, b) => a - b),
  );
});

test('every record of an internal topic has the number that Kafka gives its type', { skip }, () => {
  const types = exported.filter((value): value is protocol.RecordType<string, any, any> =>
    Object.hasOwn(value as object, 'encodeKey'),
  );
  assert.ok(types.length > 5);
  for (const { number, key, value } of types) {
    assert.equal(theirs.get(key.name)!.apiKey, number, key.name);
    assert.equal(theirs.get(value.name)!.apiKey, number, value.name);
  }
});

test('the table of errors has every code of Kafka, and which of them may be tried again', { skip }, () => {
  const codes = JSON.parse(readFileSync(path.join(folder, 'errors.json'), 'utf8')) as {
    code: number;
    name: string;
    retriable: boolean;
  }[];
  const expected = Object.fromEntries(codes.map(({ name, code, retriable }) => [name, [code, retriable]]));
  const actual = Object.fromEntries(
    Object.entries(ERRORS).map(([name, [code, retriable]]) => [name, [code, retriable]]),
  );
  assert.deepEqual(actual, expected);
});

/** One field at one version, in words that both sides can be brought to. */
interface Described {
  name: string;
  type: string;
  nullable: boolean;
  tag: number | undefined;
  compact: boolean;
  default: unknown;
  fields: Described[] | undefined;
  ignorable: string[];
}

function describe(message: Message<any>, version: number): unknown {
  const walk = (fields: Fields): Described[] =>
    Object.entries(fields)
      .filter(([, { options }]) => includes(options.versions, version))
      .map(([name, field]) => {
        const inner = field.element?.fields ?? field.fields;
        return {
          name,
          type: typeName(field),
          nullable: field.options.nullable !== undefined && includes(field.options.nullable, version),
          tag: field.options.tag,
          compact: message.isFlexible(version) && field.options.flexible !== 'none',
          default: field.fallback,
          fields: inner && walk(inner),
          ignorable: ignorable(inner ?? {}),
        };
      });
  const ignorable = (fields: Fields) =>
    Object.entries(fields)
      .filter(([, { options }]) => !includes(options.versions, version) && options.ignorable === true)
      .map(([name]) => name);
  return { fields: walk(message.fields), ignorable: ignorable(message.fields) };
}

function typeName(field: Field<unknown>): string {
  if (field.kind !== 'array') return field.kind;
  return `[]${field.element!.kind}`;
}

function describeTheirs(message: TheirMessage, version: number): unknown {
  const structs = new Map((message.commonStructs ?? []).map((struct) => [struct.name, struct.fields!]));
  const fieldsOf = ({ type, fields }: TheirField) => fields ?? structs.get(type.replace('[]', ''));
  const flexible = inRange(message.flexibleVersions, version);
  const present = (field: TheirField) => inRange(field.versions ?? field.taggedVersions, version);
  const known = (field: TheirField) =>
    everPresent(field.versions ?? field.taggedVersions, message.validVersions);
  const walk = (fields: TheirField[]): Described[] =>
    fields.filter(present).map((field) => {
      const inner = fieldsOf(field);
      return {
        name: lowerFirst(field.name),
        type: inner ? field.type.replace(/[A-Z]\w*/, 'struct') : field.type.replace('bool', 'boolean'),
        nullable: inRange(field.nullableVersions, version),
        tag: inRange(field.taggedVersions, version) ? field.tag : undefined,
        compact: flexible && field.flexibleVersions !== 'none',
        default: theirDefault(field),
        fields: inner && walk(inner),
        ignorable: ignorable(inner ?? []),
      };
    });
  const ignorable = (fields: TheirField[]) =>
    fields
      .filter((field) => known(field) && !present(field) && String(field.ignorable) === 'true')
      .map(({ name }) => lowerFirst(name));
  return { fields: walk(message.fields), ignorable: ignorable(message.fields) };
}

function theirDefault({ type, default: value }: TheirField): unknown {
  if (type === 'records' || value === null || value === 'null') return null;
  if (type.startsWith('[]') || type === 'bytes' || /^[A-Z]/.test(type)) return 'empty';
  if (type === 'uuid') return '0'.repeat(32);
  if (type === 'string') return value ?? '';
  if (type === 'bool') return String(value ?? false) === 'true';
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) ? number : Number.MAX_SAFE_INTEGER;
}

function inRange(versions: string | undefined, version: number): boolean {
  if (versions === undefined || versions === '' || versions === 'none') return false;
  return includes(versions as `${number}`, version);
}

function everPresent(versions: string | undefined, valid: string): boolean {
  const [min, max] = valid.split('-').map(Number);
  for (let version = min!; version <= (max ?? min!); version++) if (inRange(versions, version)) return true;
  return false;
}

function lowerFirst(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}

function readAll(): Map<string, TheirMessage> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  const definitions = new Map<string, TheirMessage>();
  for (const file of files) {
    const text = readFileSync(path.join(folder, file), 'utf8').replaceAll(
      /^\s*\/[/*].*$|\s\/\/[^"\n]*$/gm,
      '',
    );
    const definition = JSON.parse(text) as TheirMessage;
    if (typeof definition.validVersions === 'string') definitions.set(definition.name, definition);
  }
  return definitions;
}
