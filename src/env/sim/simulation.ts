/**
 * Simulation: a world in which one seed decides everything: time, order, chance, loss and death.
 *
 *   heap of events --(earliest)--> fire --> all microtasks run --> next event ...
 *
 * Invariants
 *   W1  nothing wakes a program but an event of the heap; between two events the microtask queue is empty
 *   W2  every event and every `trace` is folded into the trace hash: equal hashes, equal runs
 *   W3  time only moves when an event fires; computing takes none
 *   W4  nothing is caught silently: an error in an event, an unhandled rejection, an unexpected `fatal`, a deadlock,
 *       a run that does not end, the use of real time or chance: each fails the run
 */
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import { SeededRandom } from '../seeded-random.ts';
import { trapAmbient } from './ambient.ts';
import { EventHeap, isPending, type SimEvent } from './event-heap.ts';
import { type Life, LifeEnded } from './life.ts';
import { Machine } from './machine.ts';
import { simClock } from './sim-clock.ts';
import { SimNetwork } from './sim-network.ts';
import { Trace } from './trace.ts';

export interface SimulationOptions {
  /** More events than this: the programs run in circles. */
  readonly eventsMax?: number;
  /** The run must end within this much virtual time. */
  readonly timeMsMax?: number;
  /** Real time, real chance and thread-pool work fail the run (default). */
  readonly trapAmbient?: boolean;
}

const EVENTS_MAX = 5_000_000;
const TIME_MS_MAX = 24 * 60 * 60 * 1000;
const CANCELLED_MAX = 10_000;
const settle = globalThis.setImmediate;

export class Simulation {
  readonly seed: number | string;
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  /** The scenario's own clock: it belongs to nobody, so it survives every death. */
  readonly clock: Clock;
  /** How often each kind of fault and rare path was reached. */
  readonly coverage = new Map<string, number>();
  /** Virtual milliseconds since the beginning. */
  time = 0;
  readonly #options: SimulationOptions;
  readonly #heap = new EventHeap();
  readonly #trace = new Trace();
  readonly #machines = new Map<string, Machine>();
  readonly #stuck = new Map<string, number>();
  #sequence = 0;
  #cancelled = 0;
  #failures: unknown[] = [];

  constructor(seed: number | string, options: SimulationOptions = {}) {
    this.seed = seed;
    this.random = new SeededRandom(`simulation ${seed}`);
    this.#options = options;
    this.clock = simClock(this, undefined);
    this.network = new SimNetwork(this);
  }

  /** The machine of that name, switched off until its first `boot`. Its disk stays through every death. */
  machine(name: string): Machine {
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      machine = new Machine(this, name);
      this.#machines.set(name, machine);
    }
    return machine;
  }

  /** The usual world has one broker. */
  get broker(): Machine {
    return this.machine('broker');
  }

  boot(): Environment {
    return this.broker.boot();
  }

  kill(): void {
    this.broker.kill();
  }

  powerCut(): void {
    this.broker.powerCut();
  }

  /** Folds a line of the scenario's own into the hash: whatever must be the same in the next run of this seed. */
  trace(label: string, who = '-'): void {
    this.#trace.add(this.time, who, label);
  }

  /** How many events and lines have been traced. */
  get events(): number {
    return this.#trace.count;
  }

  get traceHash(): string {
    return this.#trace.hash;
  }

  /** The last lines of what happened. */
  traceLines(): string[] {
    return this.#trace.lines();
  }

  cover(what: string): void {
    this.coverage.set(what, (this.coverage.get(what) ?? 0) + 1);
  }

  /** The run fails with this error after the current step; the first one counts. */
  fail(error: unknown): void {
    this.#failures.push(error);
  }

  /** For adapters: something waits without an event (a cut link, a paused reader). Named when a deadlock is told. */
  stuck(label: string): () => void {
    this.#stuck.set(label, (this.#stuck.get(label) ?? 0) + 1);
    return () => {
      const count = this.#stuck.get(label)! - 1;
      if (count === 0) this.#stuck.delete(label);
      else this.#stuck.set(label, count);
    };
  }

  schedule(delayMs: number, label: string, fire: () => void, life?: Life): () => void {
    const at = this.time + Math.max(0, delayMs);
    const event: SimEvent = { at, sequence: this.#sequence++, label, life, fire, cancelled: false };
    this.#heap.push(event);
    return () => {
      if (event.cancelled) return;
      event.cancelled = true;
      if (++this.#cancelled < CANCELLED_MAX) return;
      this.#heap.sweep();
      this.#cancelled = 0;
    };
  }

  /** Runs the world until `main` has finished; its value, or what went wrong. */
  async run<T>(main: () => Promise<T>): Promise<T> {
    const restore = this.#guard();
    try {
      let finished: { value: T } | undefined;
      main().then(
        (value) => (finished = { value }),
        (error: unknown) => this.fail(error),
      );
      for (;;) {
        await new Promise<void>((resolve) => void settle(resolve)); // W1
        if (this.#failures.length > 0) throw this.#failures[0];
        if (finished !== undefined) return finished.value;
        this.#step();
      }
    } finally {
      restore();
    }
  }

  #step(): void {
    let event = this.#heap.pop();
    while (event !== undefined && !isPending(event)) event = this.#heap.pop();
    if (event === undefined) throw new Error(`deadlock: nothing can wake the program${this.#waiting()}`);
    if (event.life !== undefined && event.life.stalledUntil > event.at) {
      this.#heap.push({ ...event, at: event.life.stalledUntil, sequence: this.#sequence++ });
      return;
    }
    this.time = event.at;
    if (this.time > (this.#options.timeMsMax ?? TIME_MS_MAX))
      throw new Error(`the run does not end: ${this.time} virtual ms have passed${this.#waiting()}`);
    if (this.#trace.count >= (this.#options.eventsMax ?? EVENTS_MAX))
      throw new Error(`livelock: ${this.#trace.count} events and no end${this.#waiting()}`);
    this.#trace.add(event.at, event.life?.name ?? '-', event.label); // W2
    event.cancelled = true;
    try {
      event.fire();
    } catch (error) {
      this.#uncaught(error);
    }
  }

  #uncaught(error: unknown): void {
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof LifeEnded) return;
    this.fail(error);
  }

  /** Takes over what the process does about rejections that nobody handles, and sets the traps. */
  #guard(): () => void {
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => this.#uncaught(error));
    const restore = this.#options.trapAmbient === false ? () => {} : trapAmbient((error) => this.fail(error));
    return () => {
      restore();
      process.removeAllListeners('unhandledRejection');
      for (const listener of before) process.on('unhandledRejection', listener);
    };
  }

  #waiting(): string {
    const lines = [...this.#stuck].map(([label, count]) => `  ${count} × ${label}`);
    const labels = new Map<string, number>();
    for (const { life, label } of this.#heap.pending()) {
      const key = `${life?.name ?? '-'} ${label.replaceAll(/\d+/g, 'N')}`;
      labels.set(key, (labels.get(key) ?? 0) + 1);
    }
    const often = [...labels].sort((a, b) => b[1] - a[1]).slice(0, 20);
    lines.push(...often.map(([label, count]) => `  ${count} × to come: ${label}`));
    lines.push('  last:', ...this.traceLines().slice(-10));
    return `\n${lines.join('\n')}`;
  }
}
