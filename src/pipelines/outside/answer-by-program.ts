/**
 * A program answers (streams/operators/exec.ts, X1 to X3): a line in, a line out, in order.
 *
 *   waiting   r1 r2 r3 | r4 r5          the first ones are in the program; the first of all is the one it works on
 *
 *   P1  when the program dies, those that were in it go in one at a time: so it is known who kills it
 *   P2  after `attempts` deaths with the same record alone in it, the program is started without one: when it lives longer by itself and
 *       dies with the record once more, the record is refused. When it dies by itself that is an outage: nothing is refused. How long
 *       it must live says the slowest start that led to an answer; as long as there was none, `startup`
 *   P3  a line that is no answer, or that nobody asked for, ends the program: which answer belongs to whom is not known any more
 */
import type { Program, ProgramExit, Programs } from '../../env/index.ts';
import { PlanError, type ProgramSettings } from '../../streams/index.ts';
import { type Answerer, type AnswererSettings, Unanswerable } from './answerer.ts';

interface Item {
  readonly line: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  /** How often the program died with this record alone in it. */
  strikes: number;
}

const PAUSE_MS = 50;
const PAUSE_MS_MAX = 5_000;
/** A start without a record must live so much longer than twice the life before and the slowest start. */
const PROBE_MS = 200;
const SHOWN = 100;

export async function answerByProgram(settings: unknown, task: AnswererSettings): Promise<Answerer> {
  if (task.programs === undefined)
    throw new PlanError(
      `${task.step}: programs are started only where that is allowed: give run(…) or startPipeline(…) ` +
        "{ programs: nodePrograms }, from 'gregor'; or run it with gregor pipeline run",
    );
  return new ProgramAnswerer(settings as ProgramSettings, task, task.programs);
}

class ProgramAnswerer implements Answerer {
  readonly #settings: ProgramSettings;
  readonly #task: AnswererSettings;
  readonly #programs: Programs;
  readonly #waiting: Item[] = [];
  /** So many of them are in the program. */
  #sent = 0;
  /** So many go in one at a time. */
  #alone = 0;
  #program: Program | undefined;
  #startedMs = 0;
  /** It has not answered since then. */
  #isStarting = true;
  /** The longest way from a start to the first answer so far. */
  #slowestStartMs: number | undefined;
  /** It has lived without a record since one was under suspicion. */
  #isProven = false;
  #deaths = 0;
  /** It has died, and it is not decided yet how to go on. */
  #isRecovering = false;
  #timer = new AbortController();
  readonly #closing = new AbortController();

  constructor(settings: ProgramSettings, task: AnswererSettings, programs: Programs) {
    this.#settings = settings;
    this.#task = task;
    this.#programs = programs;
  }

  answer(question: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: question as string, resolve, reject, strikes: 0 });
      this.#send();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#timer.abort();
    this.#program?.kill();
  }

  #send(): void {
    if (this.#isRecovering || this.#closing.signal.aborted) return;
    const most = this.#alone > 0 ? 1 : this.#waiting.length;
    if (this.#sent >= Math.min(most, this.#waiting.length)) return;
    this.#program ??= this.#start();
    const isFirst = this.#sent === 0;
    while (this.#sent < Math.min(most, this.#waiting.length))
      this.#program.write(this.#waiting[this.#sent++]!.line);
    if (isFirst) this.#watch();
  }

  /** `ended` is told too. What is told of a program that is not ours any more is not heard. */
  #start(ended?: AbortController): Program {
    const program: Program = this.#programs.start(this.#settings.command, {
      line: (text) => {
        if (this.#program === program) this.#answered(text);
      },
      exit: (how) => {
        ended?.abort();
        if (this.#program === program) void this.#died(how);
      },
    });
    this.#startedMs = this.#task.clock.monotonic();
    this.#isStarting = true;
    return program;
  }

  /** The record that it works on has so much time. */
  #watch(): void {
    this.#timer.abort();
    if (this.#sent === 0) return;
    const timer = (this.#timer = new AbortController());
    const { timeoutMs, startupMs } = this.#settings;
    const limitMs = timeoutMs + (this.#isStarting ? startupMs : 0);
    void this.#task.clock.sleep(limitMs, timer.signal).then(() => {
      if (!timer.signal.aborted) this.#end(`did not answer within ${limitMs} ms`);
    });
  }

  #answered(text: string): void {
    if (this.#sent === 0) return this.#end(`wrote a line that nobody asked for: ${text.slice(0, SHOWN)}`);
    const answer = answerOf(text);
    if (answer === undefined)
      return this.#end(
        `answered ${text.slice(0, SHOWN)}: an answer is one line, {"value": …}, {"values": […]} or {"error": "…"}`,
      );
    this.#deaths = 0;
    if (this.#isStarting) this.#hasStarted();
    this.#sent--;
    this.#alone = Math.max(0, this.#alone - 1);
    const item = this.#waiting.shift()!;
    if ('error' in answer) item.reject(new Unanswerable(String(answer.error)));
    else item.resolve(answer);
    this.#watch();
    this.#send();
  }

  #hasStarted(): void {
    this.#isStarting = false;
    const tookMs = this.#task.clock.monotonic() - this.#startedMs;
    this.#slowestStartMs = Math.max(this.#slowestStartMs ?? 0, tookMs);
  }

  #end(reason: string): void {
    this.#program!.kill();
    void this.#died({ hasStarted: true, reason });
  }

  async #died({ hasStarted, reason }: ProgramExit): Promise<void> {
    this.#timer.abort();
    this.#program = undefined;
    if (this.#closing.signal.aborted) return;
    const { clock, events, step } = this.#task;
    const livedMs = clock.monotonic() - this.#startedMs;
    const message = `${this.#settings.command.join(' ')} ${reason}`;
    events?.('warn', 'pipeline.program.died', { step, message });
    this.#isRecovering = true;
    const head = this.#waiting[0];
    if (head !== undefined && this.#sent === 1 && hasStarted) head.strikes++;
    this.#alone = Math.max(this.#alone, this.#sent);
    this.#sent = 0;
    await clock.sleep(Math.min(PAUSE_MS * 2 ** this.#deaths++, PAUSE_MS_MAX), this.#closing.signal);
    const isSuspect = head !== undefined && head.strikes >= this.#settings.attempts;
    if (!hasStarted || (isSuspect && !this.#isProven && !(await this.#livesWithout(livedMs))))
      this.#down(message);
    else if (isSuspect && this.#isProven) {
      this.#waiting.shift();
      this.#isProven = false;
      this.#alone = Math.max(0, this.#alone - 1);
      head.reject(new Unanswerable(`${message} (${head.strikes} times with this record)`));
    } else if (isSuspect) this.#isProven = true; // it gets a last try
    this.#isRecovering = false;
    this.#send();
  }

  /** P2. The program that lives goes on as ours. */
  async #livesWithout(livedMs: number): Promise<boolean> {
    const ended = new AbortController();
    const program = this.#start(ended);
    const closed = this.#closing.signal;
    const startMs = this.#slowestStartMs ?? this.#settings.startupMs;
    const probeMs = 2 * Math.max(livedMs, startMs) + PROBE_MS;
    await this.#task.clock.sleep(probeMs, AbortSignal.any([ended.signal, closed]));
    if (closed.aborted) program.kill();
    if (closed.aborted || ended.signal.aborted) return false;
    this.#program = program;
    return true;
  }

  /** Whoever asks asks again, for as long as it takes. */
  #down(message: string): void {
    this.#alone = 0;
    this.#isProven = false;
    for (const item of this.#waiting.splice(0)) item.reject(new Error(message));
  }
}

/** Undefined: it is none. */
function answerOf(text: string): { value: unknown } | { values: unknown[] } | { error: unknown } | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined; // a line of something else
  }
  if (answer === null || typeof answer !== 'object') return undefined;
  if ('value' in answer) return { value: answer.value };
  if ('values' in answer && Array.isArray(answer.values)) return { values: answer.values };
  return 'error' in answer ? { error: answer.error } : undefined;
}
