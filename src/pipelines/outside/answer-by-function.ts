/** A function of the user's answers: `outside: { kind: 'function', settings: async (question) => ... }`. */
import type { Answerer } from './answerer.ts';

export async function answerByFunction(settings: unknown): Promise<Answerer> {
  const call = settings as (question: unknown) => unknown;
  return {
    answer: async (question) => call(question),
    close: async () => undefined,
  };
}
