/**
 * ServerConnection: one client. Frames in, answers out in the order of the requests, whoever is done first.
 *
 *   socket ─► cutter ─► gate ─► handler ─► slots in request order ─► socket
 *
 * Invariants
 *   S1  requests start in the order of arrival; the next starts only when the one before gave its turn back
 *   S2  answers leave in the order of the requests; a request without an answer (acks=0) takes no place among them
 *   S3  at most `requestsInFlightMax` requests and `answerBytesMax` unsent bytes per connection; then reading stops
 *   S4  whatever goes wrong here ends this connection and nothing else, unless it is a bug of ours (`fatal`)
 */
import { type EventSink } from '../base/index.ts';
import type { Socket } from '../env/index.ts';
import { KafkaError, MalformedMessage } from '../protocol/index.ts';
import { FrameCutter, ownsMemory } from './frame-cutter.ts';
import { strangerOf } from './strangers.ts';
import type { RequestBudget } from './request-budget.ts';

export type Answer = readonly Uint8Array[] | undefined;

/** What a connection belongs to, and what it may use. */
export interface ConnectionParts {
  readonly id: number;
  /** The listener's name. */
  readonly listener: string;
  readonly socket: Socket;
  readonly limits: ConnectionLimits;
  readonly budget: RequestBudget;
  readonly events: EventSink;
  /** A promise: the frame must wait (no room in the journal); undefined: it may go on now. */
  readonly gate: (frame: Buffer) => Promise<void> | undefined;
  /** The frame is valid during the synchronous part only, unless `ownsMemory`: then it is given away. */
  readonly handle: (frame: Buffer, connection: ServerConnection) => Answer | Promise<Answer>;
  /** Asks for `flush` at the end of this turn, so that answers of one turn leave together. */
  readonly flushSoon: (connection: ServerConnection) => void;
  readonly onClose: (connection: ServerConnection) => void;
  /** Called with anything that is neither a malformed message nor an answer: a contradiction of our own. */
  readonly fatal: (error: unknown) => void;
}

export interface ConnectionLimits {
  /** `socket.request.max.bytes` */
  readonly frameBytesMax: number;
  readonly requestsInFlightMax: number;
  /** Unsent answers; a client that does not read is not read from. */
  readonly answerBytesMax: number;
}

interface Slot {
  isDone: boolean;
  answer: Answer;
}

export class ServerConnection {
  readonly id: number;
  readonly listener: string;
  readonly remote: string;
  readonly #parts: ConnectionParts;
  readonly #cutter: FrameCutter;
  /** Requests being served, in order of arrival. */
  readonly #slots: Slot[] = [];
  readonly #ended = new AbortController();
  #outgoing: Uint8Array[] = [];
  #outgoingBytes = 0;
  /** A frame that was cut but may not start yet. */
  #held: Buffer | undefined;
  #isWaiting = false;
  #isPaused = false;
  #isDrained = true;
  #isClosed = false;
  #sawFirstBytes = false;
  /** When the last request came, by the clock of the server: idle connections are closed. */
  usedAt = 0;

  constructor(parts: ConnectionParts) {
    const { socket } = parts;
    this.#parts = parts;
    this.id = parts.id;
    this.listener = parts.listener;
    this.remote = `${socket.remote.host}:${socket.remote.port}`;
    this.#cutter = new FrameCutter(parts.limits.frameBytesMax);
    socket.onData = (bytes) => this.#onData(bytes);
    socket.onDrain = () => {
      this.#isDrained = true;
      this.#goOn();
    };
    socket.onClose = () => this.#onClose();
  }

  /** Aborts when the connection is gone. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** True while nothing is being served or waits to leave. */
  get isIdle(): boolean {
    return this.#slots.length === 0 && this.#outgoing.length === 0;
  }

  #onData(bytes: Buffer): void {
    if (!this.#sawFirstBytes) {
      this.#sawFirstBytes = true;
      const stranger = strangerOf(bytes);
      if (stranger !== undefined) {
        this.#end('warn', `${this.#parts.socket.remote.host} ${stranger}`);
        return;
      }
    }
    this.#cutter.push(bytes);
    this.#serve();
    this.#cutter.keep();
  }

  /** Starts requests until something says stop. */
  #serve(): void {
    try {
      while (!this.#isClosed && !this.#isWaiting && this.#hasRoom()) {
        const frame = this.#held ?? this.#cutter.next();
        this.#held = undefined;
        if (frame === undefined) break;
        if (!this.#mayStart(frame)) break;
        this.#start(frame);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#pauseOrResume();
  }

  #hasRoom(): boolean {
    const { limits } = this.#parts;
    return (
      this.#slots.length < limits.requestsInFlightMax &&
      this.#outgoingBytes < limits.answerBytesMax &&
      this.#isDrained
    );
  }

  /** False: the frame is held, and serving goes on when there is room for it. */
  #mayStart(frame: Buffer): boolean {
    const gate = this.#parts.gate(frame);
    if (gate !== undefined) {
      this.#hold(frame);
      gate.then(
        () => this.#release(),
        (error: unknown) => this.#fail(error),
      );
      return false;
    }
    if (this.#parts.budget.take(frame.length)) return true;
    this.#hold(frame);
    this.#parts.budget.whenFree(() => this.#release());
    return false;
  }

  #hold(frame: Buffer): void {
    this.#held = ownsMemory(frame) ? frame : Buffer.from(frame); // it outlives the socket's chunk
    this.#isWaiting = true;
  }

  #release(): void {
    this.#isWaiting = false;
    this.#goOn();
  }

  #start(frame: Buffer): void {
    const { length } = frame;
    const slot: Slot = { isDone: false, answer: undefined };
    this.#slots.push(slot); // S2
    let answer: Answer | Promise<Answer>;
    try {
      answer = this.#parts.handle(frame, this); // S1
    } catch (error) {
      this.#parts.budget.give(length);
      throw error;
    }
    if (!(answer instanceof Promise)) {
      this.#done(slot, answer, length);
      return;
    }
    answer.then(
      (later) => this.#done(slot, later, length),
      (error: unknown) => {
        this.#parts.budget.give(length);
        this.#fail(error);
      },
    );
  }

  #done(slot: Slot, answer: Answer, requestBytes: number): void {
    slot.isDone = true;
    slot.answer = answer;
    this.#parts.budget.give(requestBytes);
    if (this.#isClosed) return;
    while (this.#slots[0]?.isDone) {
      const { answer: ready } = this.#slots.shift()!; // S2
      if (ready === undefined) continue;
      for (const part of ready) {
        this.#outgoing.push(part);
        this.#outgoingBytes += part.length;
      }
    }
    if (this.#outgoing.length > 0) this.#parts.flushSoon(this);
    else if (this.#isPaused) this.#goOn();
  }

  /** Sends what is ready. Called by the server at the end of a turn. */
  flush(): void {
    if (this.#isClosed || this.#outgoing.length === 0) return;
    const parts = this.#outgoing;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    this.#isDrained = this.#parts.socket.write(parts);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isClosed) return;
    if (this.#isPaused || this.#cutter.hasRest || this.#held !== undefined) this.#serve();
  }

  #pauseOrResume(): void {
    if (this.#isClosed) return;
    const mustPause = this.#isWaiting || !this.#hasRoom();
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.#parts.socket.pause();
    else this.#parts.socket.resume();
  }

  /** S4 */
  #fail(error: unknown): void {
    if (error instanceof MalformedMessage) this.#end('warn', `closed ${this.remote}: ${error.message}`);
    else if (error instanceof KafkaError) this.#end('debug', `closed ${this.remote}: ${error.message}`);
    else {
      this.#end('error', `closed ${this.remote}: ${String(error)}`);
      this.#parts.fatal(error);
    }
  }

  #end(level: 'debug' | 'warn' | 'error', message: string): void {
    if (this.#isClosed) return;
    this.#parts.events(level, message, { connection: this.id, listener: this.listener });
    if (this.#outgoing.length > 0) this.#parts.socket.write(this.#outgoing); // answers to earlier requests were earned
    this.#onClose();
    this.#parts.socket.end();
  }

  /** Ends at once, answers or not. */
  destroy(): void {
    this.#parts.socket.destroy();
    this.#onClose();
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ended.abort();
    this.#parts.onClose(this);
  }
}
