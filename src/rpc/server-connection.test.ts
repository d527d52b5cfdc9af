import assert from 'node:assert/strict';
import test from 'node:test';
import { type Deferred, deferred, silent } from '../base/index.ts';
import type { Socket } from '../env/index.ts';
import { RequestBudget } from './request-budget.ts';
import { type Answer, ServerConnection } from './server-connection.ts';

const REQUEST_BYTES = 8;

/** A connection whose requests are answered when the test says so; a request is known by its first byte. */
class Served {
  readonly asked: number[] = [];
  readonly sent: string[] = [];
  readonly #answers = new Map<number, Deferred<Answer>>();
  readonly #socket: Socket = {
    remote: { host: 'client', port: 1 },
    local: { host: 'broker', port: 2 },
    onData: () => {},
    onDrain: () => {},
    onClose: () => {},
    write: (parts) => this.sent.push(...parts.map(String)) > 0,
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {},
  };

  constructor() {
    void new ServerConnection({
      id: 1,
      listener: 'PLAINTEXT',
      socket: this.#socket,
      limits: { frameBytesMax: 100, requestsInFlightMax: 10, answerBytesMax: 1_000 },
      budget: new RequestBudget(1_000),
      events: silent,
      gate: () => undefined,
      handle: (frame) => {
        const answer = deferred<Answer>();
        this.asked.push(frame[0]!);
        this.#answers.set(frame[0]!, answer);
        return answer.promise;
      },
      flushSoon: (connection) => connection.flush(),
      onClose: () => {},
      fatal: (error) => assert.fail(String(error)),
    });
  }

  /** All in one chunk. */
  ask(...requests: readonly number[]): void {
    const bytes = Buffer.alloc(requests.length * (4 + REQUEST_BYTES));
    for (const [n, request] of requests.entries()) {
      bytes.writeInt32BE(REQUEST_BYTES, n * (4 + REQUEST_BYTES));
      bytes[n * (4 + REQUEST_BYTES) + 4] = request;
    }
    this.#socket.onData(bytes);
  }

  /** Undefined: the request has no answer. */
  async answer(request: number, text: string | undefined): Promise<void> {
    this.#answers.get(request)!.resolve(text === undefined ? undefined : [Buffer.from(text)]);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('answers leave in the order of the requests, whoever is done first', async () => {
  const served = new Served();
  served.ask(1, 2, 3);
  assert.deepEqual(served.asked, [1, 2, 3]);
  await served.answer(3, 'three');
  await served.answer(2, 'two');
  assert.deepEqual(served.sent, []);
  await served.answer(1, 'one');
  assert.deepEqual(served.sent, ['one', 'two', 'three']);
});

test('D2: a request without an answer holds up none of those behind it', async () => {
  const served = new Served();
  served.ask(1, 2, 3);
  await served.answer(2, undefined);
  await served.answer(3, 'three');
  await served.answer(1, 'one');
  assert.deepEqual(served.sent, ['one', 'three']);
});
