/** Faults: errors that a test asks for, answered instead of doing the work. Never used outside tests. */
import { KafkaError, type ErrorName } from '../protocol/index.ts';

interface Planned {
  readonly error: ErrorName;
  times: number;
}

export class Faults {
  readonly #planned = new Map<string, Planned>();

  /** The next `times` requests of this API (`produce`, `Produce`) are refused with this error. */
  plan(api: string, error: ErrorName, times: number): void {
    void new KafkaError(error).code; // an unknown name shows here, not in the middle of a test
    this.#planned.set(api.toLowerCase(), { error, times });
  }

  take(api: string): ErrorName | undefined {
    if (this.#planned.size === 0) return undefined;
    const planned = this.#planned.get(api.toLowerCase());
    if (planned === undefined || planned.times === 0) return undefined;
    planned.times--;
    return planned.error;
  }
}
