/**
 * Definitions: what topics shall check by (`gregor.schema`) is tried in a check thread before it becomes a setting, so that a topic
 * never has one that cannot be used. What a text is worth depends on nothing else, so the answer may be waited for before the decision.
 */
import type { Checks } from '../checks/index.ts';
import { parseSetting, topicSettings } from '../config/index.ts';
import { KafkaError } from '../protocol/index.ts';

const SCHEMA = 'gregor.schema';
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
    const texts = new Set<string>();
    for (const { name, value } of configs) if (name === SCHEMA && isText(value)) texts.add(value.trim());
    return texts.size === 0 ? undefined : tryAll(checks, texts).then((found) => new Definitions(found));
  }

  /** Throws INVALID_CONFIG with the reason. */
  refuse(configs: readonly Config[]): void {
    for (const { name, value } of configs) {
      const problem = name === SCHEMA ? this.#problems.get(value?.trim() ?? '') : undefined;
      if (problem !== undefined) throw new KafkaError('INVALID_CONFIG', `${name} cannot be used: ${problem}`);
    }
  }
}

/** False: the table of settings refuses it, or there is nothing to try. */
function isText(value: string | null): value is string {
  if (value === null || value.trim() === '') return false;
  try {
    parseSetting(topicSettings, 'topic', SCHEMA, value);
    return true;
  } catch {
    return false; // told by whoever takes the setting
  }
}

async function tryAll(checks: Checks, texts: ReadonlySet<string>): Promise<Map<string, string>> {
  const problems = new Map<string, string>();
  const tried = [...texts].map(async (text, n) => {
    const problem =
      n < DEFINITIONS_MAX
        ? await checks.examine({ kind: 'schema', text })
        : `one request may bring ${DEFINITIONS_MAX} definitions`;
    if (problem !== undefined) problems.set(text, problem);
  });
  await Promise.all(tried);
  return problems;
}
