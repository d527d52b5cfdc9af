/**
 * ServerConnection: one client. Frames in, answers out in the order of the requests, whoever is done first.
 *
 *   socket -> cutter -> gate -> handler -> slots in request order -> socket
 *
 * Invariants
 *   S1  requests start in the order of arrival; the next starts only when the one before gave its turn back
 *   S2  answers leave in the order of the requests; a request without an answer (acks=0) takes no place among them
 *   S3  at most `requestsInFlightMax` requests and `answerBytesMax` unsent bytes per connection; then reading stops
 *   S4  whatever goes wrong here ends this connection and nothing else, unless it is a bug of ours (`fatal`)
 *   S5  of requests that read the log one is served at a time, and it has room for its answer before it reads (`reserve`)
 *   S6  while others wait for room, who holds some without getting on is closed (`relieve`)
 *   S7  a connection that is gone holds no bytes, however long a request of it goes on: a join may wait for half an hour
 */
import { assert, type EventSink, ownCopy } from '../base/index.ts';
import type { BufferPool, Clock, Socket } from '../env/index.ts';
import { KafkaError, MalformedMessage } from '../protocol/index.ts';
import { type Answer, type AnswerSoon, isHere } from './answer.ts';
import { type Arrivals, type Arriving } from './arrivals.ts';
import type { ByteBudget } from './byte-budget.ts';
import { FrameCutter, ownsMemory } from './frame-cutter.ts';
import { Outgoing } from './outgoing.ts';
import { NOTHING_LENT, type RequestKind, Slot, type SlotOwner } from './slot.ts';
import { strangerOf } from './strangers.ts';

/** What a connection belongs to, and what it may use. */
export interface ConnectionParts {
  readonly id: number;
  /** The listener's name. */
  readonly listener: string;
  readonly socket: Socket;
  readonly limits: ConnectionLimits;
  readonly shared: SharedRoom;
  readonly clock: Clock;
  readonly buffers: BufferPool;
  readonly events: EventSink;
  /** A promise: the frame must wait (no room in the journal); undefined: it may go on now. */
  readonly gate: (frame: Buffer) => Promise<void> | undefined;
  /** The frame is valid during the synchronous part only, unless it `ownsMemory` and that is held (`buffers.hold`). */
  readonly handle: (frame: Buffer, connection: ServerConnection) => AnswerSoon;
  readonly kindOf: (frame: Buffer) => RequestKind;
  /** Asks for `flush` at the end of this turn, so that answers of one turn leave together. */
  readonly flushSoon: (connection: ServerConnection) => void;
  readonly onClose: (connection: ServerConnection) => void;
  /** Told of a peer that was ended for what it sent, and why. */
  readonly refused: (host: string, reason: string) => void;
  /** Called with anything that is neither a malformed message nor an answer: a contradiction of our own. */
  readonly fatal: (error: unknown) => void;
}

/** What all connections share. */
export interface SharedRoom {
  /** Requests that are served: `queued.max.request.bytes`. */
  readonly requests: ByteBudget;
  /** Answers that are made or wait to leave: `gregor.response.bytes`. */
  readonly answers: ByteBudget;
  /** Requests of which a part has arrived: `queued.max.request.bytes` again. */
  readonly arrivals: Arrivals;
}

export interface ConnectionLimits {
  /** `socket.request.max.bytes` */
  readonly frameBytesMax: number;
  readonly requestsInFlightMax: number;
  /** Unsent answers; a client that does not read is not read from. */
  readonly answerBytesMax: number;
  /** While others wait for room: a peer may not read its answers for so long. */
  readonly answerStallMs: number;
  /** While others wait for room: a request may take so long to arrive, or to be answered. */
  readonly requestStallMs: number;
  /** A peer that we ended may take so long to read what it was sent. */
  readonly lingerMs: number;
}

/** One for all: an error of its own would keep the connection alive through its stack, wherever the signal goes (S7). */
const GONE = new Error('the connection is gone');

export class ServerConnection implements Arriving {
  readonly id: number;
  readonly listener: string;
  readonly remote: string;
  readonly #parts: ConnectionParts;
  readonly #cutter: FrameCutter;
  /** Requests being served, in order of arrival. */
  readonly #slots: Slot[] = [];
  readonly #owner: SlotOwner = {
    done: (slot, answer) => this.#done(slot, answer),
    failed: (slot, error) => {
      this.#giveBack(slot);
      this.#fail(error);
    },
  };
  readonly #ended = new AbortController();
  readonly #outgoing: Outgoing;
  /** What the answers that are there have of `answers`, until the socket has them. */
  #answerBytes = 0;
  /** When the peer last took some of them. */
  #tookAt = 0;
  /** The request that reads the log (S5). */
  #reading: Slot | undefined;
  /** A frame that was cut but may not start yet. */
  #held: Buffer | undefined;
  #isWaiting = false;
  /** Promises that no further request shall start before. */
  #holds = 0;
  #isBehindRead = false;
  /** What `requests` gave to the frame that is held. */
  #room = 0;
  /** Since when a part of a frame is here. */
  #arrivingSince: number | undefined;
  #isPaused = false;
  /** No further request is begun. */
  #isLeaving = false;
  /** No request is served any more. */
  #isClosed = false;
  #isGone = false;
  #stopWaiting: (() => void) | undefined;
  #stopLingering: (() => void) | undefined;
  #sawFirstBytes = false;
  /** When the last request came, by the clock of the server: idle connections are closed. */
  usedAt = 0;

  constructor(parts: ConnectionParts) {
    const { socket } = parts;
    this.#parts = parts;
    this.id = parts.id;
    this.listener = parts.listener;
    this.remote = `${socket.remote.host}:${socket.remote.port}`;
    this.#cutter = new FrameCutter(parts.limits.frameBytesMax, parts.buffers);
    this.#outgoing = new Outgoing(socket, parts.buffers);
    socket.onData = (bytes) => this.#onData(bytes);
    socket.onDrain = () => this.#onDrain();
    socket.onClose = () => this.#onGone();
  }

  /** Aborts when the connection is gone. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** True: whoever waits for an answer that tells of a change has it. Requests that only wait, or read, are asked again. */
  get isSettled(): boolean {
    return this.#answerBytes === 0 && this.#slots.every(({ kind }) => kind === 'read' || kind === 'wait');
  }

  /** True: nothing is being served, and the peer neither asked nor took anything since `time`. */
  isUnusedSince(time: number): boolean {
    return this.#slots.length === 0 && this.usedAt < time && this.#tookAt < time;
  }

  #onData(bytes: Buffer): void {
    if (this.#isClosed) return; // a peer that was ended may go on sending
    if (!this.#sawFirstBytes) {
      this.#sawFirstBytes = true;
      const stranger = strangerOf(bytes);
      if (stranger !== undefined) {
        this.#parts.refused(this.#parts.socket.remote.host, stranger);
        this.#end('warn', `${this.#parts.socket.remote.host} ${stranger}`);
        return;
      }
    }
    this.#cutter.push(bytes);
    this.#serve();
    this.#cutter.keep();
  }

  #onDrain(): void {
    this.#tookAt = this.#parts.clock.monotonic();
    this.#answersLeft(this.#outgoing.drained());
    this.#goOn();
  }

  /** Starts requests until something says stop. */
  #serve(): void {
    try {
      for (let now: number | undefined; this.#mayServe(); ) {
        const frame = this.#held ?? this.#cutter.next();
        this.#held = undefined;
        if (frame === undefined) break;
        if (!this.#mayStart(frame)) break;
        this.usedAt = now ??= this.#parts.clock.monotonic();
        this.#start(frame);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#reportArriving();
    this.#pauseOrResume();
  }

  #reportArriving(): void {
    const bytes = this.#isClosed ? 0 : this.#cutter.partialBytes;
    if (bytes === 0 && this.#arrivingSince === undefined) return;
    this.#arrivingSince = bytes === 0 ? undefined : (this.#arrivingSince ?? this.#parts.clock.monotonic());
    this.#parts.shared.arrivals.report(this, bytes);
  }

  readAgain(): void {
    this.#pauseOrResume();
  }

  #mayServe(): boolean {
    return !this.#isClosed && !this.#isLeaving && !this.#isWaiting && this.#hasRoom();
  }

  #hasRoom(): boolean {
    const { limits } = this.#parts;
    return (
      this.#slots.length < limits.requestsInFlightMax &&
      this.#outgoing.waitingBytes < limits.answerBytesMax &&
      this.#outgoing.isDrained
    );
  }

  /** False: the frame is held, and serving goes on when there is room for it. */
  #mayStart(frame: Buffer): boolean {
    if (this.#reading !== undefined && this.#parts.kindOf(frame) === 'read') {
      this.#hold(frame);
      this.#isBehindRead = true;
      return false;
    }
    const gate = this.#parts.gate(frame);
    if (gate !== undefined) {
      this.#hold(frame);
      gate.then(
        () => this.#release(),
        (error: unknown) => this.#fail(error),
      );
      return false;
    }
    const { requests } = this.#parts.shared;
    if (this.#room > 0) {
      this.#room = 0; // it was waited for
      return true;
    }
    if (requests.take(frame.length)) return true;
    this.#hold(frame);
    this.#stopWaiting = requests.wait(frame.length, () => {
      this.#stopWaiting = undefined;
      this.#room = frame.length;
      this.#release();
    });
    return false;
  }

  #hold(frame: Buffer): void {
    this.#held = ownsMemory(frame) ? frame : ownCopy(frame); // it outlives the socket's chunk
    this.#isWaiting = true;
  }

  #release(): void {
    this.#isWaiting = false;
    this.#goOn();
  }

  #start(frame: Buffer): void {
    const slot = new Slot(this.#owner, this.#parts.kindOf(frame), frame.length, this.usedAt);
    this.#slots.push(slot); // S2
    if (slot.kind === 'read') this.#reading = slot;
    let answer: AnswerSoon;
    try {
      answer = this.#parts.handle(frame, this); // S1
    } catch (error) {
      this.#giveBack(slot);
      throw error;
    } finally {
      if (ownsMemory(frame)) this.#parts.buffers.release(frame);
    }
    if (isHere(answer)) slot.answered(answer);
    else if (answer instanceof Promise) slot.awaits(answer);
    else answer.tell(slot);
  }

  /** Counts memory that the request which is being started takes beyond its own bytes. */
  weigh(bytes: number): void {
    this.#slots.at(-1)!.requestBytes += bytes;
    this.#parts.shared.requests.add(bytes);
  }

  /** No further request starts until then: what the present one brought waits elsewhere, and there is no room for more. In its turn. */
  hold(until: Promise<void>): void {
    this.#isWaiting = true;
    this.#holds++;
    until.then(
      () => {
        if (--this.#holds === 0) this.#release();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * Room for an answer of up to `wanted` bytes: so many as there are, at least `least`, for which it waits (S5). Given back when
   * the answer is there. 0: the connection is gone.
   */
  reserve(wanted: number, least: number): number | Promise<number> {
    const slot = this.#reading;
    assert(slot !== undefined && slot.reservedBytes === 0, 'S5');
    if (this.#isClosed) return 0;
    const { answers } = this.#parts.shared;
    const bytes = Math.min(wanted, Math.max(least, answers.freeBytes >>> 1)); // half: the next one finds some too
    if (answers.take(bytes)) {
      slot.reservedBytes = bytes;
      return bytes;
    }
    const smallest = Math.min(wanted, least);
    return new Promise((resolve) => {
      const leave = () => {
        cancel();
        resolve(0);
      };
      const cancel = answers.wait(smallest, () => {
        this.signal.removeEventListener('abort', leave);
        slot.reservedBytes = smallest;
        resolve(smallest);
      });
      this.signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** The answer to the request that reads lies in this memory: held for it, and released when the answer has left. */
  lend(held: readonly Buffer[]): void {
    assert(this.#reading !== undefined && this.#reading.lent === NOTHING_LENT, 'S5');
    this.#reading.lent = held;
  }

  #giveBack(slot: Slot): void {
    const { requests, answers } = this.#parts.shared;
    if (slot.reservedBytes > 0) answers.give(slot.reservedBytes);
    slot.reservedBytes = 0;
    requests.give(slot.requestBytes);
    slot.requestBytes = 0;
    if (slot === this.#reading) this.#reading = undefined;
  }

  #done(slot: Slot, answer: Answer): void {
    slot.isDone = true;
    if (answer !== undefined && !this.#isClosed) this.#answerIsThere(answer);
    this.#giveBack(slot);
    if (this.#isClosed) return;
    slot.answer = answer;
    while (this.#slots[0]?.isDone) {
      const { answer: ready, lent } = this.#slots.shift()!; // S2
      if (ready === undefined) continue;
      this.#outgoing.push(ready, lent);
    }
    if (!this.#outgoing.isEmpty) this.#parts.flushSoon(this);
    if (this.#isBehindRead && this.#reading === undefined) {
      this.#isBehindRead = false;
      this.#release();
    } else if (this.#outgoing.isEmpty && this.#isPaused) this.#goOn();
  }

  #answerIsThere(answer: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const part of answer) bytes += part.length;
    if (this.#answerBytes === 0) this.#tookAt = this.#parts.clock.monotonic();
    this.#answerBytes += bytes;
    this.#parts.shared.answers.add(bytes);
  }

  #answersLeft(bytes: number): void {
    this.#answerBytes -= bytes;
    this.#parts.shared.answers.give(bytes);
  }

  /** Sends what is ready. Called by the server at the end of a turn. */
  flush(): void {
    if (this.#isClosed || this.#outgoing.isEmpty) return;
    this.#answersLeft(this.#outgoing.flush());
    this.#goOn();
  }

  /** Others wait for room: ends this connection when it holds some and does not get on (S6). */
  relieve(): void {
    const { clock, limits, shared } = this.#parts;
    const now = clock.monotonic();
    if (shared.answers.isCrowded && this.#answerBytes > 0 && now - this.#tookAt >= limits.answerStallMs)
      this.#cut(`it does not read its answers (${this.#answerBytes} bytes), and others wait for the room`);
    else if (shared.arrivals.isCrowded && now - (this.#arrivingSince ?? now) >= limits.requestStallMs)
      this.#cut('its request does not arrive, and others wait for the room');
    else if (
      shared.requests.isCrowded &&
      this.#slots.some((slot) => slot.isLong(now - limits.requestStallMs))
    )
      this.#cut('it holds a large request for long, and others wait for the room');
  }

  #cut(reason: string): void {
    this.#parts.events('warn', `closed ${this.remote}: ${reason}`, {
      connection: this.id,
      listener: this.listener,
    });
    this.destroy();
  }

  #goOn(): void {
    if (this.#isClosed) return;
    if (this.#isPaused || this.#cutter.hasRest || this.#held !== undefined) this.#serve();
  }

  #pauseOrResume(): void {
    if (this.#isClosed) return;
    const mustPause =
      this.#isLeaving || this.#isWaiting || !this.#hasRoom() || !this.#parts.shared.arrivals.mayRead(this);
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.#parts.socket.pause();
    else this.#parts.socket.resume();
  }

  /** S4 */
  #fail(error: unknown): void {
    if (error instanceof MalformedMessage) {
      this.#parts.refused(this.#parts.socket.remote.host, error.message);
      this.#end('warn', `closed ${this.remote}: ${error.message}`);
    } else if (error instanceof KafkaError) this.#end('debug', `closed ${this.remote}: ${error.message}`);
    else {
      this.#end('error', `closed ${this.remote}: ${String(error)}`);
      this.#parts.fatal(error);
    }
  }

  #end(level: 'debug' | 'warn' | 'error', message: string): void {
    if (this.#isClosed) return;
    this.#parts.events(level, message, { connection: this.id, listener: this.listener });
    this.#close();
    this.#outgoing.flushAll(); // answers to earlier requests were earned
    const { clock, limits, socket } = this.#parts;
    this.#stopLingering = clock.after(limits.lingerMs, () => this.destroy());
    socket.end();
  }

  /** The server stops: requests that are being served are answered, no other is begun. */
  takeNoMore(): void {
    this.#isLeaving = true;
    this.#pauseOrResume();
  }

  /** Nothing is answered any more, but the peer keeps its connection until `destroy`: it has no reason to try another yet. */
  fallSilent(): void {
    this.#close();
    this.#parts.socket.resume(); // what lies unread when a socket is closed takes answers that are on their way with it
  }

  /** Ends at once, answers or not. */
  destroy(): void {
    this.#parts.socket.destroy();
    this.#onGone();
  }

  /** No request is served any more. What was answered may still leave. */
  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ended.abort(GONE);
    this.#stopWaiting?.();
    const { requests } = this.#parts.shared;
    if (this.#room > 0) requests.give(this.#room);
    this.#room = 0;
    if (this.#held !== undefined && ownsMemory(this.#held)) this.#parts.buffers.release(this.#held);
    this.#held = undefined;
    this.#reportArriving();
    this.#cutter.clear(); // S7
  }

  #onGone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#close();
    this.#stopLingering?.();
    this.#answersLeft(this.#answerBytes);
    this.#outgoing.clear(); // S7
    for (const slot of this.#slots) {
      slot.answer = undefined;
      slot.lent = NOTHING_LENT;
    }
    this.#parts.onClose(this);
  }
}
