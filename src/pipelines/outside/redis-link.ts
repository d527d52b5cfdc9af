/**
 * RedisLink: one connection, made again for as long as it takes. A call is tried until it is answered; an outage is told once.
 *
 * Who does not answer for ANSWER_MS is away, too: the end of a connection whose other side is gone is told only after minutes.
 */
import { createHash } from 'node:crypto';
import type { createClient } from 'redis';
import type { AnswererSettings } from './answerer.ts';

type Client = ReturnType<typeof createClient>;

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;

/** What Redis says, and what only people can do about it. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH)/,
    'the address names user and password, redis://USER:PASSWORD@HOST:PORT or redis://:PASSWORD@HOST:PORT (special characters as %XX); ',
  ],
  [/^OOM/, 'it has no room: raise maxmemory, or take out what else is in it; '],
  [/^(READONLY|MASTERDOWN)/, 'the address must be that of the one that is written to; '],
];

export class RedisLink {
  readonly #url: string;
  readonly #shown: string;
  readonly #task: AnswererSettings;
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #isDown = false;

  constructor(url: string, shown: string, task: AnswererSettings) {
    this.#url = url;
    this.#shown = shown;
    this.#task = task;
  }

  /** What the script answers; undefined: the link was closed meanwhile. It may run more than once. */
  async call(script: string, keys: readonly string[], words: readonly string[]): Promise<unknown> {
    for (
      let pauseMs = PAUSE_MS;
      !this.#closing.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)
    ) {
      try {
        const client = (this.#client ??= await this.#connect());
        const answer = await this.#inTime(
          evaluated(client, script, [String(keys.length), ...keys, ...words]),
        );
        this.#told();
        return answer;
      } catch (error) {
        this.#drop();
        this.#untold(error);
      }
      await this.#task.clock.sleep(pauseMs, this.#closing.signal);
    }
    return undefined;
  }

  /** Tries once, and says what is wrong. Before the first call. */
  async reach(): Promise<void> {
    try {
      this.#client ??= await this.#connect();
    } catch (error) {
      throw new Error(`Redis ${this.#shown}: ${explained(error)}`);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#drop();
  }

  async #connect(): Promise<Client> {
    const { createClient, RESP_TYPES } = await import('redis');
    const client = createClient({
      url: this.#url,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: false, connectTimeout: CONNECT_MS },
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    });
    client.on('error', () => {}); // told to whoever waits for an answer
    try {
      await this.#inTime(client.connect());
      if (this.#closing.signal.aborted) throw new Error('the link was closed meanwhile');
    } catch (error) {
      client.destroy();
      throw error;
    }
    return client as unknown as Client;
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const late = this.#task.clock.sleep(ANSWER_MS, over.signal).then(() => {
      throw new Error(`it has not answered for ${ANSWER_MS / 1000} s`);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }

  #drop(): void {
    if (this.#client?.isOpen === true) this.#client.destroy();
    this.#client = undefined;
  }

  #told(): void {
    const { step, events } = this.#task;
    if (this.#isDown) events?.('info', 'pipeline.redis.back', { step, redis: this.#shown });
    this.#isDown = false;
  }

  #untold(error: unknown): void {
    if (this.#isDown || this.#closing.signal.aborted) return;
    this.#isDown = true;
    const { step, events } = this.#task;
    events?.('warn', 'pipeline.redis.down', { step, redis: this.#shown, message: explained(error) });
  }
}

function explained(error: unknown): string {
  const said = messageOf(error);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1] ?? '';
  return `${said}; ${remedy}the step waits and goes on when it is back, nothing is lost`;
}

async function evaluated(client: Client, script: string, words: readonly string[]): Promise<unknown> {
  const send = (how: string, what: string) => client.sendCommand([how, what, ...words]) as Promise<unknown>;
  try {
    return await send('EVALSHA', sha1(script));
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
    return await send('EVAL', script);
  }
}

function sha1(script: string): string {
  return createHash('sha1').update(script).digest('hex');
}

/** A refused connection hides in an error without words. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errors = [] } = error as Error & { code?: string; errors?: readonly unknown[] };
  if (error.message !== '') return error.message;
  return errors.length > 0 ? messageOf(errors[0]) : (code ?? error.name);
}
