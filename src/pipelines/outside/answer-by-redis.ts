/**
 * Redis answers for a step that holds records by reference (streams/operators/shelf.ts): one hash for each task.
 *
 *   gregor:{orders/reorder/0}:held      row key ─► reference and record
 *
 *   R1  one script does add and drain: what was asked since the last call goes in one, in the order of asking, one call at a time
 *   R2  a record that was taken is removed by a later call, so that an answer that was lost can be had again
 *   R3  a new owner begins with an empty hash: it reads again what it needs. What an earlier owner still writes does no harm
 *   R4  while Redis is down questions wait here, in their order; that is told when it begins and when it ends
 */
import { type CacheQuestion, type RedisOptions, redisText } from '../../streams/index.ts';
import type { Answerer, AnswererSettings } from './answerer.ts';
import { RedisLink } from './redis-link.ts';

/** So many questions go into one call. */
const CALL_QUESTIONS = 500;

const SCRIPT = `
local answers = {}
local n = 1
while n <= #ARGV do
  if ARGV[n] == 'put' then
    redis.call('HSET', KEYS[1], ARGV[n + 1], ARGV[n + 2])
    n = n + 3
  elseif ARGV[n] == 'take' then
    answers[#answers + 1] = redis.call('HGET', KEYS[1], ARGV[n + 1])
    n = n + 2
  elseif ARGV[n] == 'drop' then
    redis.call('HDEL', KEYS[1], ARGV[n + 1])
    n = n + 2
  else
    redis.call('UNLINK', KEYS[1])
    n = n + 1
  end
end
return answers`;

interface Waiting {
  readonly question: CacheQuestion;
  readonly resolve: (value: unknown) => void;
}

export async function answerByRedis(settings: unknown, task: AnswererSettings): Promise<Answerer> {
  return new RedisShelf(settings as RedisOptions, task);
}

class RedisShelf implements Answerer {
  readonly #link: RedisLink;
  readonly #key: string;
  #waiting: Waiting[] = [];
  /** Taken, and still there. */
  #taken: string[] = [];
  #isCalling = false;
  #isBegun = false;

  constructor(options: RedisOptions, task: AnswererSettings) {
    this.#link = new RedisLink(options.redis, redisText(options), task);
    this.#key = `gregor:{${task.pipeline}/${task.step}/${task.partition}}:held`;
  }

  answer(question: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push({ question: question as CacheQuestion, resolve });
      if (!this.#isCalling) void this.#call();
    });
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #call(): Promise<void> {
    this.#isCalling = true;
    await Promise.resolve(); // whatever is asked in this turn goes along
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, CALL_QUESTIONS);
      const taken = this.#taken;
      const answers = await this.#link.call(SCRIPT, this.#key, this.#words(some, taken));
      if (answers === undefined) return; // closed: nobody waits any more
      this.#isBegun = true;
      this.#taken = some.flatMap(({ question }) => ('take' in question ? [question.take] : []));
      let n = 0;
      for (const { question, resolve } of some) resolve('take' in question ? answers[n++] : null);
    }
    this.#isCalling = false;
  }

  #words(some: readonly Waiting[], taken: readonly string[]): (string | Buffer)[] {
    const words: (string | Buffer)[] = this.#isBegun ? [] : ['begin'];
    for (const key of taken) words.push('drop', key);
    for (const { question } of some)
      if ('put' in question) words.push('put', question.put, question.value);
      else words.push('take', question.take);
    return words;
  }
}
