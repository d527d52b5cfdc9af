import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Deferred, deferred, silent } from '../base/index.ts';
import { BufferPool, type Clock, type Socket } from '../env/index.ts';
import { Arrivals } from './arrivals.ts';
import { ByteBudget } from './byte-budget.ts';
import type { Answer } from './answer.ts';
import { ServerConnection, type SharedRoom } from './server-connection.ts';

/** Of all connections of this file, as in a server. */
const BUFFERS = new BufferPool({ overwrites: true });
const REQUEST_BYTES = 8;
const MEBIBYTE = 1024 * 1024;

/** From here on a request's first byte says that it reads the log. */
const READS = 100;
/** From here on, that it waits for other clients. */
const WAITS = 200;
const LIMITS = {
  frameBytesMax: 4 * MEBIBYTE,
  requestsInFlightMax: 10,
  answerBytesMax: 1_000,
  answerStallMs: 5_000,
  requestStallMs: 10_000,
  lingerMs: 5_000,
};

function roomOf(bytes: number): SharedRoom {
  return {
    requests: new ByteBudget(bytes),
    answers: new ByteBudget(bytes),
    arrivals: new Arrivals(bytes, () => {}),
  };
}

/** A connection whose requests are answered when the test says so; a request is known by its first byte. */
class Served {
  readonly asked: number[] = [];
  readonly sent: string[] = [];
  readonly connection: ServerConnection;
  /** False: the peer reads nothing. */
  reads = true;
  isPaused = false;
  isDestroyed = false;
  now = 0;
  readonly #alarms: { readonly at: number; readonly wake: () => void }[] = [];
  readonly #answers = new Map<number, Deferred<Answer>>();
  readonly #clock: Pick<Clock, 'monotonic' | 'after'> = {
    monotonic: () => this.now,
    after: (ms, wake) => {
      const alarm = { at: this.now + ms, wake };
      this.#alarms.push(alarm);
      return () => void this.#alarms.splice(this.#alarms.indexOf(alarm), 1);
    },
  };
  readonly #socket: Socket = {
    remote: { host: 'client', port: 1 },
    local: { host: 'broker', port: 2 },
    onData: () => {},
    onDrain: () => {},
    onClose: () => {},
    unsentBytes: 0,
    write: (parts) => {
      this.sent.push(...parts.map((part) => (part.length < 100 ? String(part) : String(part.length))));
      return this.reads;
    },
    pause: () => {
      this.isPaused = true;
    },
    resume: () => {
      this.isPaused = false;
    },
    end: () => {},
    destroy: () => {
      this.isDestroyed = true;
    },
  };

  onAsked: (request: number) => void = () => {};

  constructor(shared = roomOf(1_000)) {
    this.connection = new ServerConnection({
      id: 1,
      buffers: BUFFERS,
      listener: 'PLAINTEXT',
      socket: this.#socket,
      limits: LIMITS,
      shared,
      clock: this.#clock as Clock,
      events: silent,
      gate: () => undefined,
      kindOf: (frame) => (frame[0]! >= WAITS ? 'wait' : frame[0]! >= READS ? 'read' : 'other'),
      handle: (frame, connection) => {
        connection.usedAt = this.now;
        const answer = deferred<Answer>();
        this.asked.push(frame[0]!);
        this.onAsked(frame[0]!);
        this.#answers.set(frame[0]!, answer);
        return answer.promise;
      },
      flushSoon: (connection) => connection.flush(),
      onClose: () => {},
      refused: () => {},
      fatal: (error) => assert.fail(String(error)),
    });
  }

  receive(bytes: Buffer): void {
    this.#socket.onData(bytes);
  }

  /** The peer took what the socket had. */
  drain(): void {
    this.#socket.onDrain();
  }

  pass(ms: number): void {
    this.now += ms;
    for (const alarm of this.#alarms.filter(({ at }) => at <= this.now)) alarm.wake();
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
  async answer(request: number, text: string | Buffer | undefined): Promise<void> {
    const answer = typeof text === 'string' ? Buffer.from(text) : text;
    this.#answers.get(request)!.resolve(answer === undefined ? undefined : [answer]);
    this.#answers.delete(request);
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

test('a request that asks to be the last one for now is answered, and those behind it start when there is room', async () => {
  const served = new Served();
  const room = deferred<void>();
  served.onAsked = (request) => {
    if (request === 2) served.connection.hold(room.promise);
  };
  served.ask(1, 2, 3, 4);
  assert.deepEqual(served.asked, [1, 2]);
  assert.ok(served.isPaused);
  await served.answer(2, 'two');
  await served.answer(1, 'one');
  assert.deepEqual(served.sent, ['one', 'two']);
  assert.deepEqual(served.asked, [1, 2]);
  room.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(served.asked, [1, 2, 3, 4]);
  assert.ok(!served.isPaused);
});

test('a request that has two reasons to be the last one for now is so until both are gone', async () => {
  const served = new Served();
  const [room, turn] = [deferred<void>(), deferred<void>()];
  served.onAsked = (request) => {
    if (request === 1) for (const { promise } of [room, turn]) served.connection.hold(promise);
  };
  served.ask(1, 2);
  turn.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(served.asked, [1]);
  room.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(served.asked, [1, 2]);
});

test('while the server stops, what was begun is answered, and nothing else is begun', async () => {
  const served = new Served();
  served.ask(WAITS, READS, 1, 2);
  served.connection.takeNoMore();
  served.ask(3);
  assert.ok(served.isPaused);
  assert.ok(!served.connection.isSettled);
  await served.answer(1, 'one');
  await served.answer(2, 'two');
  assert.ok(!served.connection.isSettled, 'answers wait for those before them');
  await served.answer(WAITS, 'waited');
  await served.answer(READS, 'read');
  assert.deepEqual(served.sent, ['waited', 'read', 'one', 'two']);
  assert.ok(served.connection.isSettled);
  assert.deepEqual(served.asked, [WAITS, READS, 1, 2]);
});

test('who only reads, or waits for others, is asked again elsewhere: a server that stops does not wait for that', async () => {
  const served = new Served();
  served.ask(1, WAITS, READS);
  served.connection.takeNoMore();
  await served.answer(1, 'one');
  assert.ok(served.connection.isSettled);
  served.connection.fallSilent();
  assert.ok(served.connection.signal.aborted);
  served.ask(4);
  await served.answer(WAITS, 'waited');
  assert.deepEqual(served.sent, ['one']);
  assert.deepEqual(served.asked, [1, WAITS, READS]);
  assert.ok(!served.isPaused && !served.isDestroyed);
});

test('S5: requests that read the log are served one at a time, and others wait behind the second', async () => {
  const served = new Served();
  served.ask(READS, 1, READS + 1, 2);
  assert.deepEqual(served.asked, [READS, 1]);
  await served.answer(READS, 'first');
  assert.deepEqual(served.asked, [READS, 1, READS + 1, 2]);
});

test('S5: a read waits until what others hold leaves room for its answer', async () => {
  const shared = roomOf(1_000);
  const one = new Served(shared);
  const other = new Served(shared);
  one.ask(READS);
  other.ask(READS);
  assert.equal(one.connection.reserve(10_000, 600), 600);
  const room = other.connection.reserve(10_000, 600);
  assert.ok(room instanceof Promise);
  one.reads = false;
  await one.answer(READS, Buffer.alloc(900)); // it lies in the socket
  assert.equal(shared.answers.usedBytes, 900);
  one.drain();
  assert.equal(await room, 600);
  await other.answer(READS, 'little');
  assert.equal(shared.answers.usedBytes, 0);
});

test('S5: who goes while it waits for room is not waited for', async () => {
  const shared = roomOf(1_000);
  const [one, gone, third] = [new Served(shared), new Served(shared), new Served(shared)];
  for (const served of [one, gone, third]) served.ask(READS);
  assert.equal(one.connection.reserve(800, 800), 800);
  const never = gone.connection.reserve(1_000, 1_000);
  const room = third.connection.reserve(200, 200);
  gone.connection.destroy();
  assert.equal(await never, 0);
  assert.equal(await room, 200);
});

test('S6: a peer that reads nothing is closed when others wait for the room, and not before', async () => {
  const shared = roomOf(1_000);
  const deaf = new Served(shared);
  deaf.reads = false;
  deaf.ask(1);
  await deaf.answer(1, Buffer.alloc(900));
  deaf.pass(LIMITS.answerStallMs);
  deaf.connection.relieve();
  assert.equal(deaf.isDestroyed, false);
  const other = new Served(shared);
  other.ask(READS);
  const room = other.connection.reserve(500, 500);
  deaf.connection.relieve();
  assert.equal(deaf.isDestroyed, true);
  assert.equal(await room, 500);
});

test('S6: a peer that takes its answer piece by piece stays, however long it takes', async () => {
  const shared = roomOf(1_000);
  const slow = new Served(shared);
  slow.reads = false;
  slow.ask(1);
  await slow.answer(1, Buffer.alloc(3.5 * MEBIBYTE));
  assert.ok(shared.answers.isCrowded);
  for (let pieces = 0; pieces < 4; pieces++) {
    slow.pass(LIMITS.answerStallMs - 1);
    slow.connection.relieve();
    slow.drain();
  }
  assert.equal(slow.isDestroyed, false);
  assert.deepEqual(slow.sent, [MEBIBYTE, MEBIBYTE, MEBIBYTE, MEBIBYTE / 2].map(String));
  assert.equal(shared.answers.usedBytes, 0);
});

test('S6: half frames beyond the limit: the oldest is read on, the others wait; who is slow is closed', () => {
  const shared = roomOf(1_000);
  const [first, second] = [new Served(shared), new Served(shared)];
  const begin = Buffer.alloc(704);
  begin.writeInt32BE(1_400);
  first.receive(begin);
  second.receive(begin);
  assert.equal(first.isPaused, false);
  assert.equal(second.isPaused, true);
  first.receive(Buffer.alloc(700));
  assert.equal(second.isPaused, false);
  assert.equal(shared.arrivals.bytes, 700);
  const third = new Served(shared);
  third.receive(begin);
  for (const served of [second, third]) served.pass(LIMITS.requestStallMs);
  second.connection.relieve();
  assert.equal(second.isDestroyed, true);
  assert.equal(shared.arrivals.bytes, 700);
  assert.equal(third.isPaused, false);
});

test('S6: a large request that is served for long is closed when others wait for the room', () => {
  const shared = roomOf(40_000);
  const long = new Served(shared);
  const frame = Buffer.alloc(4 + 39_996);
  frame.writeInt32BE(39_996);
  frame[4] = 7;
  long.receive(frame);
  const other = new Served(shared);
  other.ask(1);
  assert.deepEqual(other.asked, []);
  long.connection.relieve();
  assert.equal(long.isDestroyed, false);
  long.pass(LIMITS.requestStallMs + 1);
  long.connection.relieve();
  assert.equal(long.isDestroyed, true);
});

test('S4: what a peer sends after its connection was ended is dropped, and it is not waited for', async () => {
  const served = new Served();
  served.ask(1);
  const malformed = Buffer.alloc(4);
  malformed.writeInt32BE(-5);
  served.receive(malformed);
  served.receive(Buffer.alloc(1_000));
  served.pass(LIMITS.lingerMs - 1);
  assert.equal(served.isDestroyed, false);
  served.pass(1);
  assert.equal(served.isDestroyed, true);
});

test('S7: a connection that is gone holds no bytes, although a request of it goes on', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const half = Buffer.alloc(1_000);
  half.writeInt32BE(MEBIBYTE); // announced: so much memory is taken at once
  const gone: Served[] = [];
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 32; n++) {
    const served = new Served(roomOf(4 * MEBIBYTE));
    served.ask(1, 2);
    await served.answer(2, Buffer.alloc(MEBIBYTE)); // waits behind 1, which is never answered
    served.receive(half);
    served.connection.destroy();
    gone.push(served);
  }
  assert.equal(BUFFERS.freeBytes, MEBIBYTE, 'each half request is used again by the next connection');
  while (BUFFERS.freeBytes > 0) BUFFERS.shrink();
  // An event loop's turn, because V8 lets go of array buffers behind the collection.
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const held = process.memoryUsage().arrayBuffers - before;
  assert.ok(held < 4 * MEBIBYTE, `${gone.length} connections that are gone hold ${held} bytes`);
});
