/**
 * Settings tables: what can be done with any of them: check a text, read all values, find what a wrong name meant.
 *
 * A refusal is an `InvalidSetting`; whoever answers a client turns it into INVALID_CONFIG, the program into exit code 2.
 */
import { nearest } from '../base/index.ts';
import { BadText, type ConfigOf, type Settings } from './setting.ts';

export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
  readonly setting: string;

  constructor(setting: string, message: string) {
    super(message);
    this.setting = setting;
  }
}

export interface SettingText {
  readonly name: string;
  readonly value: string | null;
}

/** The value of one setting; throws `InvalidSetting` with a message that says what would be right. */
export function parseSetting(settings: Settings, kind: string, name: string, text: string): unknown {
  const setting = requireSetting(settings, kind, name);
  try {
    return setting.parse(text.trim());
  } catch (error) {
    if (!(error instanceof BadText)) throw error;
    const shown = setting.type === 'password' ? '(hidden)' : text;
    throw new InvalidSetting(name, `Invalid value '${shown}' for ${name}: ${error.message}`);
  }
}

/** Checks all and answers their texts by name. A name without a value is refused, and so is one that comes twice. */
export function parseTexts(
  settings: Settings,
  kind: string,
  texts: Iterable<SettingText>,
): Map<string, string> {
  const checked = new Map<string, string>();
  for (const { name, value } of texts) {
    if (value === null) throw new InvalidSetting(name, `${name} has no value`);
    if (checked.has(name)) throw new InvalidSetting(name, `${name} is given twice`);
    parseSetting(settings, kind, name, value);
    checked.set(name, value.trim());
  }
  return checked;
}

/** Every setting's value, where `textOf` says its text, or undefined for the default. Texts were checked before. */
export function valuesOf<S extends Settings>(
  settings: S,
  textOf: (name: string) => string | undefined,
): ConfigOf<S> {
  const values: Record<string, unknown> = {};
  for (const name in settings) {
    const setting = settings[name]!;
    const text = textOf(name) ?? setting.default;
    values[name] = text === null ? null : setting.parse(text.trim());
  }
  return values as ConfigOf<S>;
}

export function findSetting(settings: Settings, name: string) {
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}

function requireSetting(settings: Settings, kind: string, name: string) {
  const setting = findSetting(settings, name);
  if (setting !== undefined) return setting;
  const meant = nearestName(settings, name);
  throw new InvalidSetting(
    name,
    `Unknown ${kind} setting '${name}'${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}

/** The name that was probably meant, or undefined. */
export function nearestName(settings: Settings, name: string): string | undefined {
  return nearest(Object.keys(settings), name);
}
