/** Windowing: a stream cut into windows, before it is said what becomes of the records in one. */
import { InvalidValue } from '../invalid-value.ts';
import type { Aggregator, Windowed } from '../operators/window-options.ts';
import type { StreamRecord } from '../record.ts';
import type { Stream } from './stream.ts';

export type FinishWindow<K, V> = <A>(name: string, aggregator: Aggregator<K, V, A>) => Stream<K, Windowed<A>>;

export class Windowing<K, V> {
  readonly #finish: FinishWindow<K, V>;

  constructor(finish: FinishWindow<K, V>) {
    this.#finish = finish;
  }

  count(): Stream<K, Windowed<number>> {
    return this.#finish('count', { init: () => 0, add: (count) => count + 1, merge: (a, b) => a + b });
  }

  /** What is no finite number sends its record to the dead letter topic. */
  sum(of: (record: StreamRecord<K, V>) => number): Stream<K, Windowed<number>> {
    return this.#finish('sum', {
      init: () => 0,
      add: (sum, record) => sum + finite(of(record)),
      merge: (a, b) => a + b,
    });
  }

  aggregate<A>(aggregator: Aggregator<K, V, A>): Stream<K, Windowed<A>> {
    return this.#finish('aggregate', aggregator);
  }
}

function finite(number: number): number {
  if (!Number.isFinite(number)) throw new InvalidValue(`sum: ${String(number)} is no finite number`);
  return number;
}
