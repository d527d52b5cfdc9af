/**
 * Redis answers for a step whose rows are outside (streams/operators/rows-outside.ts). Two keys for each task:
 *
 *   gregor:{orders/dedupe/0}:rows      key -> time and row                       a hash
 *   gregor:{orders/dedupe/0}:times     time and key, in order                    a sorted set, all of one score
 *
 *   I1  a new owner makes both anew, with a mark of its own in each, and brings in all rows from the changelog
 *   I2  whoever does not find its mark is not the owner any more, or Redis has lost the rows: it is told so, and nothing is changed. Redis
 *       loses a key whole or not at all, so a row that is not there was never there
 *   I3  rows come in after their commit, in the same queue as questions: what is asked later sees them
 *   I4  keys are written in ASCII, in which they have the order that they have here: Redis compares bytes
 */
import {
  type Due,
  type Entry,
  LOST,
  type RedisOptions,
  redisText,
  type Row,
  type RowsQuestion,
  timeOfRow,
  timeOfText,
  timeText,
} from '../../streams/index.ts';
import type { Answerer, AnswererSettings } from './answerer.ts';
import { type CallLimits, CallQueue } from './call-queue.ts';
import { RedisLink } from './redis-link.ts';

const CALL_LIMITS: CallLimits<Question> = {
  questions: 500,
  bytes: 4 * 1024 * 1024,
  sizeOf: (question) => ('row' in question ? question.row.key.length + (question.row.value?.length ?? 0) : 0),
};
/** Of what is due, in one answer. */
const DUE_ROWS = 200;
/** Behind all times. */
const BEHIND = '~';
/** Of a time as text. */
const TIME = timeText(0).length;

const SCRIPT = `
local rows, times = KEYS[1], KEYS[2]
local answers = {}
local owner = ARGV[1]
local MARK = '\\0owner'
if owner == '' then
  local now = redis.call('TIME')
  owner = now[1] .. '.' .. now[2]
  redis.call('UNLINK', rows, times)
  redis.call('HSET', rows, MARK, owner)
  redis.call('ZADD', times, 0, '${BEHIND}' .. owner)
elseif redis.call('HGET', rows, MARK) ~= owner or not redis.call('ZSCORE', times, '${BEHIND}' .. owner) then
  return 'gone'
end
answers[1] = owner
local function leave(key)
  local row = redis.call('HGET', rows, key)
  if row then redis.call('ZREM', times, string.sub(row, 1, ${TIME}) .. key) end
end
local function withRows(places)
  local found = {}
  for _, place in ipairs(places) do
    local row = redis.call('HGET', rows, string.sub(place, ${TIME + 1}))
    if row then
      found[#found + 1] = place
      found[#found + 1] = row
    end
  end
  return found
end
local n = 2
while n <= #ARGV do
  local what = ARGV[n]
  if what == 'row' then
    answers[#answers + 1] = redis.call('HGET', rows, ARGV[n + 1])
    n = n + 2
  elseif what == 'put' then
    leave(ARGV[n + 1])
    redis.call('HSET', rows, ARGV[n + 1], ARGV[n + 2] .. ARGV[n + 3])
    redis.call('ZADD', times, 0, ARGV[n + 2] .. ARGV[n + 1])
    n = n + 4
  elseif what == 'forget' then
    leave(ARGV[n + 1])
    redis.call('HDEL', rows, ARGV[n + 1])
    n = n + 2
  elseif what == 'size' then
    answers[#answers + 1] = redis.call('ZCARD', times) - 1
    n = n + 1
  elseif what == 'first' then
    answers[#answers + 1] = withRows(redis.call('ZRANGE', times, ARGV[n + 1], ARGV[n + 2]))
    n = n + 3
  elseif what == 'old' then
    answers[#answers + 1] = redis.call('ZRANGEBYLEX', times, '-', '(' .. ARGV[n + 1], 'LIMIT', 0, ARGV[n + 2])
    n = n + 3
  else
    answers[#answers + 1] = withRows(redis.call('ZRANGEBYLEX', times, ARGV[n + 1], '(' .. ARGV[n + 2], 'LIMIT', 0, ${DUE_ROWS}))
    answers[#answers + 1] = redis.call('ZRANGEBYLEX', times, '[' .. ARGV[n + 2], '+', 'LIMIT', 0, 1)
    n = n + 3
  end
end
return answers`;

/** At most DUE_ROWS of what is due, and what is first behind `to`. */
interface DuePart {
  readonly ask: 'part';
  /** As Redis wants it: with ( or [, or nothing but -. */
  readonly from: string;
  readonly to: string;
}
type Asked = Exclude<RowsQuestion, { readonly ask: 'due' }> | DuePart;
type Question = Asked | { readonly row: Row };

export async function rowsByRedis(settings: unknown, task: AnswererSettings): Promise<Answerer> {
  return new RedisRows(settings as RedisOptions, task);
}

class RedisRows implements Answerer {
  readonly #link: RedisLink;
  readonly #keys: readonly string[];
  readonly #queue = new CallQueue<Question>(CALL_LIMITS, (some) => this.#call(some));
  #owner = '';

  constructor(options: RedisOptions, task: AnswererSettings) {
    this.#link = new RedisLink(options.redis, redisText(options), task);
    const name = `gregor:{${task.pipeline}/${task.step}/${task.partition}}`;
    this.#keys = [`${name}:rows`, `${name}:times`];
  }

  answer(asked: unknown): Promise<unknown> {
    const question = asked as RowsQuestion;
    return question.ask === 'due' ? this.#due(question.afterMs, question.untilMs) : this.#queue.ask(question);
  }

  reach(): Promise<void> {
    return this.#link.reach();
  }

  async remember(rows: readonly Row[]): Promise<void> {
    await Promise.all(rows.map((row) => this.#queue.ask({ row })));
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Part by part: nothing is committed meanwhile, so all parts are of one moment. */
  async #due(afterMs: number, untilMs: number): Promise<Due | typeof LOST> {
    const entries: Entry[] = [];
    const to = behind(untilMs);
    for (let from = afterMs === -Infinity ? '-' : `[${behind(afterMs)}`; ; ) {
      const part = (await this.#queue.ask({ ask: 'part', from, to })) as Due | typeof LOST;
      if (part === LOST) return LOST;
      entries.push(...part.entries);
      if (part.entries.length < DUE_ROWS) return { entries, nextMs: part.nextMs };
      const [key, row] = part.entries.at(-1)!;
      from = `(${placeOf(key, row)}`;
    }
  }

  async #call(some: readonly Question[]): Promise<unknown[] | undefined> {
    const answer = await this.#link.call(SCRIPT, this.#keys, [this.#owner, ...some.flatMap(wordsOf)]);
    if (answer === undefined) return undefined;
    if (!Array.isArray(answer)) return some.map(() => LOST);
    const [owner, ...found] = answer as [Buffer, ...unknown[]];
    this.#owner = owner.toString();
    const answers = found[Symbol.iterator]();
    return some.map((question) =>
      'row' in question ? null : answerTo(question, () => answers.next().value),
    );
  }
}

/** Texts only: the client writes them in one piece. */
function wordsOf(question: Question): string[] {
  if ('row' in question) {
    const { key, value } = question.row;
    if (value === null) return ['forget', nameOf(key)];
    return ['put', nameOf(key), timeText(timeOfRow(value)), value.toString()];
  }
  switch (question.ask) {
    case 'row':
      return ['row', nameOf(question.key)];
    case 'size':
      return ['size'];
    case 'first':
      return ['first', String(question.from), String(question.from + question.count - 1)];
    case 'old':
      return ['old', behind(question.untilMs), String(question.count)];
    case 'part':
      return ['part', question.from, question.to];
  }
}

/** `next`: what the script found, in order. */
function answerTo({ ask }: Asked, next: () => unknown): unknown {
  switch (ask) {
    case 'row':
      return (next() as Buffer | null)?.subarray(TIME) ?? null;
    case 'size':
      return next();
    case 'first':
      return entriesOf(next() as Buffer[]);
    case 'old':
      return (next() as Buffer[]).map((place) => keyAt(String(place)));
    case 'part': {
      const entries = entriesOf(next() as Buffer[]);
      const [place] = next() as Buffer[];
      const isRow = place !== undefined && !String(place).startsWith(BEHIND);
      return { entries, nextMs: isRow ? timeOfText(String(place)) : Infinity } satisfies Due;
    }
  }
}

/** Places and rows in turn. */
function entriesOf(found: readonly Buffer[]): Entry[] {
  return Array.from({ length: found.length / 2 }, (_, n) => [
    keyAt(String(found[2 * n])),
    found[2 * n + 1]!.subarray(TIME),
  ]);
}

/** What is later than that is not before it. */
function behind(ms: number): string {
  return timeText(Math.floor(ms) + 1);
}

function placeOf(key: string, row: Buffer): string {
  return timeText(timeOfRow(row)) + nameOf(key);
}

const ESCAPE = '\x7f';

/** I4 */
function nameOf(key: string): string {
  return key.replace(/[\x7f-\uffff]/g, (unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

function keyAt(place: string): string {
  return place
    .slice(TIME)
    .replace(/\x7f(....)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
