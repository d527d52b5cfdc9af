/**
 * Succession: instances of one transactional id, one after another. A new one comes while the old one still works, dozes
 * or has vanished; whoever hears that it is fenced and is not the newest goes for good.
 */
import type { Clock, Environment, Random } from '../../src/env/index.ts';
import type { History } from '../history/history.ts';
import { TransactionalIdFacts } from '../history/transaction-facts.ts';
import type { Link } from './bootstrap.ts';
import { TransactionalProducer, type Versions } from './transactional-producer.ts';

export interface Instance {
  readonly isOver: boolean;
  /** A newer one has been started. */
  isReplaced: boolean;
  run(): Promise<void>;
  /** It does no harm any more, and comes to an end. */
  settle(): void;
}

const INSTANCES_MAX = 8;

export class Succession<I extends Instance> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #start: (n: number) => I;
  readonly #meanMs: number;
  readonly instances: I[] = [];
  #isSettling = false;

  constructor(clock: Clock, random: Random, start: (n: number) => I) {
    this.#clock = clock;
    this.#random = random;
    this.#start = start;
    this.#meanMs = [200, 500, 2_000][random.below(3)]!;
  }

  get isOver(): boolean {
    return this.#isSettling && this.instances.every(({ isOver }) => isOver);
  }

  toString(): string {
    return this.instances.filter(({ isOver }) => !isOver).join('; ');
  }

  /** Runs until it settles. */
  async run(): Promise<void> {
    for (; !this.#isSettling; await this.#clock.sleep(this.#random.next() * 2 * this.#meanMs))
      if (this.instances.length < INSTANCES_MAX) this.#next();
  }

  /** `hasHeir`: one more comes, and stays. Else whatever a vanished one left open must end by itself. */
  settle(hasHeir: boolean): void {
    this.#isSettling = true;
    if (hasHeir) this.#next();
    for (const instance of this.instances) instance.settle();
  }

  #next(): void {
    for (const old of this.instances) old.isReplaced = true;
    this.instances.push(this.#start(this.instances.length));
  }
}

/** Where instances live. */
export interface Stage {
  readonly env: Environment;
  readonly random: Random;
  readonly history: History;
  readonly watch: (running: Promise<void>) => Promise<void>;
}

/** A transactional id of either generation of the protocol, and how its producers speak. */
export function drawTransactionalId(random: Random, name: string) {
  const isModern = random.below(2) === 0;
  const versions: Versions = isModern
    ? { init: 4 + random.below(2), produce: 12 + random.below(2), offsets: 5, end: 5 }
    : {
        init: [1, 3, 4][random.below(3)]!,
        produce: [7, 9, 11][random.below(3)]!,
        offsets: 2 + random.below(3),
        end: [1, 3, 4][random.below(3)]!,
      };
  const timeoutMs = 800 + random.below(3_000);
  return { id: new TransactionalIdFacts(name, isModern), options: { timeoutMs, versions } };
}

/** Begins the line of instances of one transactional id. */
export function beginSuccession<I extends Instance>(
  { env, random, history, watch }: Stage,
  { id, options }: ReturnType<typeof drawTransactionalId>,
  make: (name: string, producer: (link: Link) => TransactionalProducer) => I,
): Succession<I> {
  const line = new Succession<I>(env.clock, random.fork(`succession ${id.name}`), (n) => {
    const name = `${id.name}.${n}`;
    const wire = random.fork(`${name} wire`);
    const instance = make(
      name,
      (link) => new TransactionalProducer(link, history, wire, id, { ...options, name }),
    );
    void watch(instance.run());
    return instance;
  });
  void watch(line.run());
  return line;
}
