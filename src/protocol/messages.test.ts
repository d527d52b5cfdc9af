import assert from 'node:assert/strict';
import test from 'node:test';
import { MalformedMessage } from './bytes.ts';
import * as protocol from './index.ts';
import { type Field, type Fields, Message } from './schema.ts';
import { includes } from './versions.ts';

const exported: readonly unknown[] = Object.values(protocol);
const MESSAGES = exported.filter((value): value is Message<any> => value instanceof Message);

test('every message in every version comes back as it was written', () => {
  const chance = seeded(1);
  for (const { message, version } of everyVersion())
    for (let round = 0; round < 8; round++) {
      const value = valueOf(message.fields, version, message.isFlexible(version), chance);
      const buffer = message.encode(version, value);
      const decoded = message.decode(version, buffer);
      assert.deepEqual(decoded, value, `${message.name} v${version}`);
      assert.deepEqual(Object.keys(decoded), Object.keys(message.fields));
      assert.deepEqual(message.encode(version, decoded), buffer);
    }
});

test('every message in every version can be written from nothing but defaults', () => {
  for (const { message, version } of everyVersion()) {
    const decoded = message.decode(version, message.encode(version, {}));
    assert.deepEqual(
      message.encode(version, decoded),
      message.encode(version, {}),
      `${message.name} v${version}`,
    );
  }
});

test('a message that is cut at any byte is malformed, never a crash', () => {
  const chance = seeded(2);
  for (const { message, version } of everyVersion()) {
    const value = valueOf(message.fields, version, message.isFlexible(version), chance);
    const buffer = message.encode(version, value);
    for (let length = Math.max(0, buffer.length - 300); length < buffer.length; length++)
      assert.throws(
        () => message.decode(version, Buffer.from(buffer.subarray(0, length))),
        MalformedMessage,
        `${message.name} v${version} cut at ${length}`,
      );
  }
});

test('a message with damaged bytes is read as something else or malformed, never a crash', () => {
  const chance = seeded(3);
  for (const { message, version } of everyVersion()) {
    const value = valueOf(message.fields, version, message.isFlexible(version), chance);
    const buffer = message.encode(version, value);
    if (buffer.length === 0) continue;
    for (let round = 0; round < 40; round++) {
      const damaged = Buffer.from(buffer);
      const at = chance(damaged.length);
      if (round % 4 === 0) damaged.fill(0xff, at, Math.min(at + 5, damaged.length));
      else damaged[at] = round % 4 === 1 ? 0x7f : chance(256);
      try {
        message.decode(version, damaged);
      } catch (error) {
        assert.ok(error instanceof MalformedMessage, `${message.name} v${version}: ${String(error)}`);
      }
    }
  }
});

test('a frame of nothing but large lengths costs nothing', () => {
  const before = process.memoryUsage().heapUsed;
  const garbage = Buffer.alloc(1000, 0x7f);
  for (const { message, version } of everyVersion())
    for (const byte of [0x7f, 0xff, 0x80, 0x01]) {
      try {
        message.decode(version, garbage.fill(byte));
      } catch (error) {
        assert.ok(error instanceof MalformedMessage);
      }
    }
  assert.ok(process.memoryUsage().heapUsed - before < 256e6);
});

function* everyVersion(): Generator<{ message: Message<any>; version: number }> {
  for (const message of MESSAGES)
    for (let version = message.versionMin; version <= message.versionMax; version++)
      yield { message, version };
}

type Chance = (below: number) => number;

/** Small and quick: a linear congruential generator. */
function seeded(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function valueOf(
  fields: Fields,
  version: number,
  flexible: boolean,
  chance: Chance,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, fieldValue(field, version, flexible, chance)]),
  );
}

function fieldValue(field: Field<unknown>, version: number, flexible: boolean, chance: Chance): unknown {
  const { versions, nullable, tag, clamp } = field.options;
  const absent = !includes(versions, version) || (tag !== undefined && !flexible);
  if (absent || (tag !== undefined && chance(3) === 0)) return fallback(field);
  if (nullable !== undefined && includes(nullable, version) && chance(4) === 0) return null;
  const bits = (count: number) => Math.floor(2 ** chance(count));
  const signed = (count: number) => (chance(2) === 0 ? -bits(count) : bits(count) - 1);
  switch (field.kind) {
    case 'boolean':
      return chance(2) === 0;
    case 'int8':
      return signed(8);
    case 'int16':
      return signed(16);
    case 'uint16':
      return bits(17) - 1;
    case 'int32':
      return signed(32);
    case 'uint32':
      return bits(33) - 1;
    case 'int64':
      return clamp === true && chance(5) === 0 ? Number.MAX_SAFE_INTEGER : signed(53);
    case 'float64':
      return signed(50) / 8;
    case 'uuid':
      return Array.from({ length: 32 }, () => chance(16).toString(16)).join('');
    case 'string':
      return ['', 'a', 'orders', 'größe', '日本', '😀', 'x'.repeat(130)][chance(7)];
    case 'bytes':
    case 'records':
      return Buffer.alloc(chance(10) === 0 ? 200 : chance(5), chance(256));
    case 'array':
      return Array.from({ length: chance(4) }, () => fieldValue(field.element!, version, flexible, chance));
    case 'struct':
      return valueOf(field.fields!, version, flexible, chance);
  }
}

function fallback(field: Field<unknown>): unknown {
  if (field.fallback !== 'empty' || field.kind === 'string') return field.fallback;
  if (field.kind === 'array') return [];
  if (field.kind !== 'struct') return Buffer.alloc(0);
  return Object.fromEntries(Object.entries(field.fields!).map(([name, inner]) => [name, fallback(inner)]));
}
