/**
 * AtLeastOnceWriter: outputs go out as they are made, by an idempotent producer, outside of any transaction. State and offsets are one
 * transaction, as ever, and it begins behind the acknowledgement of all outputs before it: docs/decisions/0016.
 *
 *   send -> one round under way, what comes meanwhile gathers -> acknowledged -+
 *   commit -------------------------------------------------------------------+-> rows and offsets, or nothing of them
 *
 *   A1  outputs leave in the order in which they were given: never two rounds at once, and none behind one that failed
 *   A2  how much gathers is bounded by who commits: a task sends what it made of the records between two commits
 */
import type { Transaction, Writer } from '../log-client.ts';
import { type Message, sendOutputs } from './send-outputs.ts';

export interface OutputProducer {
  /** Resolves when all of it is acknowledged by all replicas in sync. */
  send(options: { readonly messages: Message[] }): Promise<unknown>;
  close(force: boolean): Promise<void>;
}

type Outputs = Transaction['outputs'];

export class AtLeastOnceWriter implements Writer {
  readonly #producer: OutputProducer;
  /** Of state and offsets. */
  readonly #state: Writer;
  #gathered: Outputs[number][] = [];
  #isSending = false;
  #sent: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(producer: OutputProducer, state: Writer) {
    this.#producer = producer;
    this.#state = state;
  }

  send(outputs: Outputs): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    for (const output of outputs) this.#gathered.push(output);
    if (!this.#isSending) this.#sent = this.#sendAll();
  }

  async commit(transaction: Transaction): Promise<void> {
    await this.#sent;
    if (this.#failure !== undefined) throw this.#failure.error;
    const { outputs, positions } = transaction;
    if (outputs.length + positions.length > 0) await this.#state.commit(transaction);
  }

  async close(): Promise<void> {
    this.#failure ??= { error: new Error('the writer is closed') };
    await this.#producer.close(true).catch(() => undefined); // what is not acknowledged by now is made again
    await this.#state.close();
  }

  /** Never rejects: the next commit tells. */
  async #sendAll(): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#gathered.length > 0 && this.#failure === undefined) {
        const outputs = this.#gathered;
        this.#gathered = [];
        await sendOutputs(outputs, (messages) => this.#producer.send({ messages }));
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#isSending = false;
  }
}
