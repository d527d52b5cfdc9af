/** What a step names as its stand-in answers, for a rehearsal: `outside.pretend`, anew for each task. Nothing outside is touched. */
import type { Answer } from '../../streams/index.ts';
import { type Answerer, Unanswerable } from './answerer.ts';

type Pretend = (rows: ReadonlyMap<string, Buffer>) => (question: unknown) => Answer;

export async function answerByPretence(settings: unknown): Promise<Answerer> {
  const known = new Map<string, Buffer>();
  const call = (settings as Pretend)(known);
  return {
    answer: async (question) => {
      const answer = call(question);
      if ('refusal' in answer) throw new Unanswerable(answer.refusal);
      return answer.value;
    },
    remember: async (rows) => {
      for (const { key, value } of rows)
        if (value === null) known.delete(key);
        else known.set(key, value);
    },
    close: async () => undefined,
  };
}
