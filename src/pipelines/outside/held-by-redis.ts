/**
 * Redis answers for a step that holds records by reference (streams/operators/shelf.ts): one hash for each task.
 *
 *   gregor:{orders/reorder/0}:held      row key -> reference and record
 *
 *   R1  one script does add and drain: what was asked since the last call goes in one, in the order of asking, one call at a time
 *   R2  a record that was taken is removed by a later call, so that an answer that was lost can be had again
 *   R3  a new owner begins with an empty hash: it reads again what it needs. What an earlier owner still writes does no harm
 *   R4  while Redis is down questions wait here, in their order; that is told when it begins and when it ends
 */
import { type CacheQuestion, type RedisOptions, redisText } from '../../streams/index.ts';
import type { Answerer, AnswererSettings } from './answerer.ts';
import { type CallLimits, CallQueue } from './call-queue.ts';
import { RedisLink } from './redis-link.ts';

/** What goes into one call: answered in milliseconds, and far below what Redis takes at once. */
const CALL_LIMITS: CallLimits<CacheQuestion> = {
  questions: 500,
  bytes: 4 * 1024 * 1024,
  sizeOf: (question) => ('put' in question ? question.value.length : 0),
};

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
    local last = n + 1 + ARGV[n + 1]
    redis.call('HDEL', KEYS[1], unpack(ARGV, n + 2, last))
    n = last + 1
  else
    redis.call('UNLINK', KEYS[1])
    n = n + 1
  end
end
return answers`;

export async function heldByRedis(settings: unknown, task: AnswererSettings): Promise<Answerer> {
  return new RedisShelf(settings as RedisOptions, task);
}

class RedisShelf implements Answerer {
  readonly #link: RedisLink;
  readonly #key: string;
  readonly #queue = new CallQueue<CacheQuestion>(CALL_LIMITS, (some) => this.#call(some));
  /** Taken, and still there. */
  #taken: string[] = [];
  #isBegun = false;

  constructor(options: RedisOptions, task: AnswererSettings) {
    this.#link = new RedisLink(options.redis, redisText(options), task);
    this.#key = `gregor:{${task.pipeline}/${task.step}/${task.partition}}:held`;
  }

  answer(question: unknown): Promise<unknown> {
    return this.#queue.ask(question as CacheQuestion);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #call(some: readonly CacheQuestion[]): Promise<unknown[] | undefined> {
    const taken = await this.#link.call(SCRIPT, [this.#key], this.#words(some));
    if (taken === undefined) return undefined;
    this.#isBegun = true;
    this.#taken = takenIn(some);
    let n = 0;
    return some.map((question) => ('take' in question ? (taken as (Buffer | null)[])[n++] : null));
  }

  /** Texts only: the client writes them in one piece. */
  #words(some: readonly CacheQuestion[]): string[] {
    const words = this.#isBegun ? [] : ['begin'];
    if (this.#taken.length > 0) words.push('drop', String(this.#taken.length), ...this.#taken);
    for (const question of some)
      if ('put' in question) words.push('put', question.put, question.value);
      else words.push('take', question.take);
    return words;
  }
}

/** A record that was put under the same key afterwards stays. */
function takenIn(some: readonly CacheQuestion[]): string[] {
  const taken = new Set<string>();
  for (const question of some)
    if ('take' in question) taken.add(question.take);
    else taken.delete(question.put);
  return [...taken];
}
