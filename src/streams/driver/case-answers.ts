/** CaseAnswers: what steps that ask outside are told in a test that is data (cases.ts). What a test does not answer fails, and says so. */
import type { Layout } from '../plan/layout.ts';
import type { Question } from '../task/questions.ts';
import type { CaseAnswers } from './cases.ts';

type Answer = (question: unknown) => unknown;

/** `errors`: names of steps that do not ask. */
export function answersOf(
  layout: Layout,
  given: Readonly<Record<string, CaseAnswers>>,
): { readonly by: Record<string, Answer> } | { readonly errors: string[] } {
  const kinds = askingSteps(layout);
  const errors = Object.keys(given)
    .filter((step) => !kinds.has(step))
    .map((step) => {
      const asking = kinds.size === 0 ? 'no step does' : `those that do: ${[...kinds.keys()].join(', ')}`;
      return `answers: there is no step '${step}' that asks outside; ${asking}`;
    });
  if (errors.length > 0) return { errors };
  const by = Object.entries(given).map(([step, answers]) => [
    step,
    checked(Array.isArray(answers) ? inOrder(answers) : byQuestion(answers), kinds.get(step)!),
  ]);
  return { by: Object.fromEntries(by) as Record<string, Answer> };
}

/** A line for each step that asked and was told nothing. */
export function unanswered(layout: Layout, questions: readonly Question[]): string[] {
  const kinds = askingSteps(layout);
  const first = new Map<string, Question>();
  for (const question of questions) if (!first.has(question.step)) first.set(question.step, question);
  return [...first].map(([step, { data }]) => {
    const example = kinds.get(step) === 'program' ? '[{ value: … }]' : `{ '${String(data)}': … }`;
    return `'${step}' asks outside, and nobody answers here. Say in the test what it is told: answers: { ${step}: ${example} }`;
  });
}

function askingSteps({ stages }: Layout): Map<string, string> {
  const kinds = new Map<string, string>();
  for (const { name, node } of stages.flatMap(({ nodes }) => nodes))
    if (node.kind === 'step' && node.outside !== undefined && node.outside.pretend === undefined)
      kinds.set(name, node.outside.kind);
  return kinds;
}

function inOrder(answers: readonly unknown[]): Answer {
  let next = 0;
  return () => {
    if (next === answers.length)
      throw new Error(`the test has ${answers.length} answers, and it asks once more`);
    return answers[next++];
  };
}

function byQuestion(answers: CaseAnswers): Answer {
  const known = new Map(Object.entries(answers));
  return (question) => {
    const text = String(question);
    if (known.has(text)) return known.get(text);
    throw new Error(
      `the test has no answer to '${text}'; it has some to '${[...known.keys()].join("', '")}'`,
    );
  };
}

function checked(answer: Answer, kind: string): Answer {
  return (question) => {
    const told = answer(question);
    const fields = typeof told === 'object' && told !== null ? told : {};
    if ('error' in fields) throw new Error(String(fields.error));
    if (kind === 'program' && !('value' in fields || ('values' in fields && Array.isArray(fields.values))))
      throw new Error(
        `the test answers ${JSON.stringify(told)}; a program answers { value: … }, { values: […] } or { error: … }`,
      );
    return told;
  };
}
