/** Redis as a cache beside a step: where it is, and how such a step asks it. */
import { PlanError } from '../plan-error.ts';
import type { Answer, Outside } from './operator.ts';
import { pretendRows } from './rows-outside.ts';
import type { CacheQuestion } from './shelf.ts';

export interface RedisOptions {
  /** `redis://[user:password@]host:port[/database]`, or `rediss://` over TLS. */
  readonly redis: string;
}

/** Why nobody can ask for it: docs/decisions/0013-redis-is-a-cache.md. */
export const NOT_SHARED =
  'tasks of several partitions cannot share one store: what one of them takes out, another one may overtake on the way to the output. ' +
  'Bring equal keys into one partition first, with a keyBy before this step; that is exactly once';

/** Many are gathered into one call of the script. */
const AT_ONCE = 2000;

export function redisOptions(options: RedisOptions | undefined, step: string): RedisOptions | undefined {
  if (options === undefined) return undefined;
  for (const name of Object.keys(options)) {
    if (name === 'shared') throw new PlanError(`${step}: store.shared: ${NOT_SHARED}`);
    if (name !== 'redis')
      throw new PlanError(`${step}: store is { redis: 'redis://host:port' }, without ${name}`);
  }
  if (!URL.canParse(options.redis) || !/^rediss?:$/.test(new URL(options.redis).protocol))
    throw new PlanError(
      `${step}: store.redis is '${options.redis}'; it is an address such as redis://127.0.0.1:6379`,
    );
  return Object.freeze({ redis: options.redis });
}

/** Without user and password. */
export function redisText({ redis }: RedisOptions): string {
  const { host, pathname } = new URL(redis);
  return host + (pathname === '/' ? '' : pathname);
}

/** For held records: see shelf.ts. */
export function heldInRedis(options: RedisOptions | undefined): Outside | undefined {
  if (options === undefined) return undefined;
  return {
    kind: 'redis-held',
    settings: options,
    atOnce: AT_ONCE,
    isPinning: true,
    pretend: () => pretendCache(),
  };
}

/** For rows: see rows-outside.ts. */
export function rowsInRedis(options: RedisOptions | undefined): Outside | undefined {
  if (options === undefined) return undefined;
  return { kind: 'redis-rows', settings: options, atOnce: AT_ONCE, hasRows: true, pretend: pretendRows };
}

/** A cache that loses nothing. */
export function pretendCache(held: Map<string, Buffer> = new Map()): (question: unknown) => Answer {
  return (asked) => {
    const question = asked as CacheQuestion;
    if ('put' in question) {
      held.set(question.put, Buffer.from(question.value));
      return { value: null };
    }
    const value = held.get(question.take) ?? null;
    held.delete(question.take);
    return { value };
  };
}
