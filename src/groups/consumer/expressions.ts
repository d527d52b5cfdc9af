/**
 * Regular expressions of a group's members: checked, resolved to topic names, written down, and forgotten with their
 * last member. RE2 syntax over whole names; matching takes time linear in the name, whatever the expression.
 *
 * Resolved when a member brings one, and again when topics came or went. Compiled expressions are kept; the limits are named.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { KafkaError } from '../../protocol/index.ts';
import type { TopicView } from '../topics.ts';
import type { Draft } from './draft.ts';
import { sameNames } from './member.ts';
import { expressionRecord } from './write.ts';

/** Topic names have at most 249 characters; an expression over them that is longer than this is a mistake or an attack. */
export const EXPRESSION_LENGTH_MAX = 10_000;
/** Length times the largest repetition in it: about as large an expression is when it is written out, and slow to compile. */
const WRITTEN_OUT_MAX = 50_000;
/** Instructions of a compiled expression: each costs time for each character of each topic's name, and about 340 bytes. */
const PROGRAM_SIZE_MAX = 2_000;
const COMPILED_MAX = 100;

type Engine = typeof import('re2js');

/** Loaded with the first expression: no start waits for it. */
let engine: Engine | undefined;

function loaded(): Engine {
  engine ??= createRequire(import.meta.url)('re2js') as Engine;
  return engine;
}

const compiled = new Map<string, RE2JS>();

/** Throws INVALID_REGULAR_EXPRESSION. */
export function compileExpression(expression: string): RE2JS {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  if (expression.length > EXPRESSION_LENGTH_MAX)
    throw new KafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex has ${expression.length} characters; at most ${EXPRESSION_LENGTH_MAX} are taken.`,
    );
  if (expression.length * largestRepetition(expression) > WRITTEN_OUT_MAX) throw tooLarge(expression);
  try {
    const pattern = loaded().RE2JS.compile(expression);
    if (pattern.programSize() > PROGRAM_SIZE_MAX) throw tooLarge(expression);
    if (compiled.size >= COMPILED_MAX) compiled.delete(compiled.keys().next().value!);
    compiled.set(expression, pattern);
    return pattern;
  } catch (error) {
    if (!(error instanceof loaded().RE2JSException)) throw error;
    throw new KafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex \`${expression}\` is not a valid regular expression: ${error.message}.`,
    );
  }
}

/** Of `{n}`, `{n,}` and `{n,m}`; 1 without any. */
function largestRepetition(expression: string): number {
  let largest = 1;
  for (const [, least, most = ''] of expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    largest = Math.max(largest, Number(least), Number(most));
  return largest;
}

function tooLarge(expression: string): KafkaError {
  return new KafkaError(
    'INVALID_REGULAR_EXPRESSION',
    `SubscribedTopicRegex of ${expression.length} characters is too large once its repetitions are written out. Name fewer of ` +
      'them, or subscribe by names.',
  );
}

export function matchesExpression(expression: string, topicName: string): boolean {
  return compileExpression(expression).testExact(topicName);
}

export function isExpression(regex: string | null): regex is string {
  return regex !== null && regex !== '';
}

/** Brings the resolved expressions in line with the members and the topics there are. True: the group reads other topics now. */
export function refreshExpressions(draft: Draft, { again }: { again: boolean }): boolean {
  const { group, decision, world } = draft;
  const wanted = new Set<string>();
  for (const { topicRegex } of group.members.values()) if (isExpression(topicRegex)) wanted.add(topicRegex);
  let changed = false;
  for (const expression of [...group.expressions.keys()])
    if (!wanted.has(expression)) {
      draft.write(expressionRecord(group.groupId, expression, null));
      changed = true;
    }
  for (const expression of wanted) {
    const known = group.expressions.get(expression);
    if (known !== undefined && !again) continue;
    const topics = resolve(expression, world.topics);
    if (known !== undefined && sameNames(known.topics, topics)) continue;
    const resolved = { topics, resolvedAtMs: decision.now.wallMs };
    draft.write(expressionRecord(group.groupId, expression, resolved));
    changed = true;
  }
  return changed;
}

function resolve(expression: string, topics: TopicView): string[] {
  const pattern = compileExpression(expression);
  const names: string[] = [];
  for (const { name } of topics.topics) if (pattern.testExact(name)) names.push(name);
  return names.sort();
}
