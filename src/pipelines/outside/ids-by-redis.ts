/**
 * Redis answers for a dedupe whose ids are outside (streams/operators/seen-ids.ts). Two keys for each task:
 *
 *   gregor:{orders/dedupe/0}:ids      id ─► what is known of it        a hash
 *   gregor:{orders/dedupe/0}:times    ids in the order of their time   a sorted set
 *
 *   I1  a new owner makes both anew, with a mark of its own in each, and brings in all ids from the changelog
 *   I2  whoever does not find its mark is not the owner any more, or Redis has lost the ids: it is told so, and nothing is changed. Redis
 *       loses a key whole or not at all, so an id that is not there was never there
 *   I3  ids come in after their commit, in the same queue as questions: what is asked later sees them
 */
import {
  atMsOf,
  type IdsQuestion,
  LOST,
  type RedisOptions,
  redisText,
  type Row,
} from '../../streams/index.ts';
import type { Answerer, AnswererSettings } from './answerer.ts';
import { type CallLimits, CallQueue } from './call-queue.ts';
import { RedisLink } from './redis-link.ts';

const CALL_LIMITS: CallLimits<Question> = {
  questions: 500,
  bytes: 4 * 1024 * 1024,
  sizeOf: (question) => ('row' in question ? question.row.key.length + (question.row.value?.length ?? 0) : 0),
};

const SCRIPT = `
local ids, times = KEYS[1], KEYS[2]
local answers = {}
local owner = ARGV[1]
local MARK = '\\0owner'
if owner == '' then
  local now = redis.call('TIME')
  owner = now[1] .. '.' .. now[2]
  redis.call('UNLINK', ids, times)
  redis.call('HSET', ids, MARK, owner)
  redis.call('ZADD', times, '+inf', MARK .. owner)
elseif redis.call('HGET', ids, MARK) ~= owner or not redis.call('ZSCORE', times, MARK .. owner) then
  return 'gone'
end
answers[1] = owner
local n = 2
while n <= #ARGV do
  local what = ARGV[n]
  if what == 'get' then
    answers[#answers + 1] = redis.call('HGET', ids, ARGV[n + 1])
    n = n + 2
  elseif what == 'put' then
    redis.call('HSET', ids, ARGV[n + 1], ARGV[n + 2])
    redis.call('ZADD', times, ARGV[n + 3], ARGV[n + 1])
    n = n + 4
  elseif what == 'forget' then
    redis.call('HDEL', ids, ARGV[n + 1])
    redis.call('ZREM', times, ARGV[n + 1])
    n = n + 2
  else
    answers[#answers + 1] = redis.call('ZRANGEBYSCORE', times, '-inf', ARGV[n + 1], 'LIMIT', 0, ARGV[n + 2])
    n = n + 3
  end
end
return answers`;

type Question = IdsQuestion | { readonly row: Row };

export async function idsByRedis(settings: unknown, task: AnswererSettings): Promise<Answerer> {
  return new RedisIds(settings as RedisOptions, task);
}

class RedisIds implements Answerer {
  readonly #link: RedisLink;
  readonly #keys: readonly string[];
  readonly #queue = new CallQueue<Question>(CALL_LIMITS, (some) => this.#call(some));
  #owner = '';

  constructor(options: RedisOptions, task: AnswererSettings) {
    this.#link = new RedisLink(options.redis, redisText(options), task);
    const name = `gregor:{${task.pipeline}/${task.step}/${task.partition}}`;
    this.#keys = [`${name}:ids`, `${name}:times`];
  }

  answer(question: unknown): Promise<unknown> {
    return this.#queue.ask(question as IdsQuestion);
  }

  async remember(rows: readonly Row[]): Promise<void> {
    await Promise.all(rows.map((row) => this.#queue.ask({ row })));
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #call(some: readonly Question[]): Promise<unknown[] | undefined> {
    const answer = await this.#link.call(SCRIPT, this.#keys, [this.#owner, ...some.flatMap(wordsOf)]);
    if (answer === undefined) return undefined;
    if (!Array.isArray(answer)) return some.map(() => LOST);
    const [owner, ...found] = answer as [Buffer, ...unknown[]];
    this.#owner = owner.toString();
    return some.map((question) => {
      if ('row' in question) return null;
      const one = found.shift();
      return 'get' in question ? (one ?? null) : (one as Buffer[]).map(String);
    });
  }
}

function wordsOf(question: Question): (string | Buffer)[] {
  if ('get' in question) return ['get', question.get];
  if ('old' in question) return ['old', String(question.old), String(question.count)];
  const { key, value } = question.row;
  return value === null ? ['forget', key] : ['put', key, value, String(atMsOf(value))];
}
