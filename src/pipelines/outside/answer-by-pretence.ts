/** What a step names as its stand-in answers, for a rehearsal: `outside.pretend`, anew for each task. Nothing outside is touched. */
import type { Answer } from '../../streams/index.ts';
import { type Answerer, Unanswerable } from './answerer.ts';

export async function answerByPretence(settings: unknown): Promise<Answerer> {
  const call = (settings as () => (question: unknown) => Answer)();
  return {
    answer: async (question) => {
      const answer = call(question);
      if ('refusal' in answer) throw new Unanswerable(answer.refusal);
      return answer.value;
    },
    close: async () => undefined,
  };
}
