/**
 * Definitions: what topics shall check by (`gregor.schema`, `gregor.canonical`) is tried in a check thread before it becomes a setting, so that a topic
 * never has one that cannot be used. What a text is worth depends on nothing else, so the answer may be waited for before the decision.
 */
import type { Checks } from '../checks/index.ts';
import { parseSetting, topicSettings } from '../config/index.ts';
import { KafkaError } from '../protocol/index.ts';

/** Definitions that one request may bring: each keeps a thread busy. */
const DEFINITIONS_MAX = 10;

interface Config {
  readonly name: string;
  readonly value: string | null;
}

export class Definitions {
  readonly #problems: ReadonlyMap<string, string>;

  private constructor(problems: ReadonlyMap<string, string>) {
    this.#problems = problems;
  }

  /** Tries what these settings name. Undefined: they name nothing. */
  static examine(checks: Checks, configs: Iterable<Config>): Promise<Definitions> | undefined {
    const wanted = new Map<string, Tried>();
    for (const { name, value } of configs) {
      const tried = triedOf(name, value);
      if (tried !== undefined) wanted.set(`${name} ${value!.trim()}`, tried);
    }
    return wanted.size === 0 ? undefined : tryAll(checks, wanted).then((found) => new Definitions(found));
  }

  /** Throws INVALID_CONFIG with the reason. */
  refuse(configs: readonly Config[]): void {
    for (const { name, value } of configs) {
      const problem = this.#problems.get(`${name} ${value?.trim()}`);
      if (problem !== undefined) throw new KafkaError('INVALID_CONFIG', `${name} cannot be used: ${problem}`);
    }
  }
}

type Tried = Parameters<Checks['examine']>[0];

/** Undefined: nothing to try, or the table of settings refuses it. */
function triedOf(name: string, value: string | null): Tried | undefined {
  if ((name !== 'gregor.schema' && name !== 'gregor.canonical') || value === null) return undefined;
  const text = value.trim();
  if (text === '') return undefined;
  try {
    parseSetting(topicSettings, 'topic', name, text);
  } catch {
    return undefined; // told by whoever takes the setting
  }
  return name === 'gregor.schema' ? schemaOf(text) : { kind: 'canonical', id: text };
}

/** What `gregor.schema` says: a schema, or the name of a published one. */
export function schemaOf(text: string): Tried {
  return text.trimStart().startsWith('{') ? { kind: 'schema', text } : { kind: 'schema', id: text.trim() };
}

async function tryAll(checks: Checks, wanted: ReadonlyMap<string, Tried>): Promise<Map<string, string>> {
  const problems = new Map<string, string>();
  const tried = [...wanted].map(async ([key, definition], n) => {
    const problem =
      n < DEFINITIONS_MAX
        ? await checks.examine(definition)
        : `one request may bring ${DEFINITIONS_MAX} definitions`;
    if (problem !== undefined) problems.set(key, problem);
  });
  await Promise.all(tried);
  return problems;
}
