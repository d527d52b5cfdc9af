/**
 * Drowsy: a LogClient whose owner hears late that the work was shared out anew: he goes on with what is another's already. So
 * the only thing between him and a second copy of everything is the log (L3).
 */
import type { Clock, Random } from '../../src/env/index.ts';
import type {
  Fetched,
  LogClient,
  Membership,
  NewTopic,
  Position,
  Transaction,
  Writer,
} from '../../src/pipelines/index.ts';

const DROWSY_MS_MAX = 600;

export class Drowsy implements LogClient {
  readonly recordsPerCommit: number;
  readonly #client: LogClient;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(client: LogClient, clock: Clock, random: Random) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
    this.recordsPerCommit = client.recordsPerCommit;
  }

  partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#client.partitions(topics);
  }

  create(topic: NewTopic): Promise<void> {
    return this.#client.create(topic);
  }

  async deleteRecords(before: readonly Position[]): Promise<void> {
    await this.#client.deleteRecords?.(before);
  }

  async join(group: string, topics: readonly string[]): Promise<Membership> {
    return new DrowsyMembership(await this.#client.join(group, topics), this.#clock, this.#random);
  }

  async open(transactionalId: string): Promise<Writer> {
    const writer = await this.#client.open(transactionalId);
    return {
      commit: (transaction: Transaction) =>
        writer.commit({ ...transaction, membership: (transaction.membership as DrowsyMembership).awake }),
      close: () => writer.close(),
    };
  }

  readAll(from: Position): AsyncIterable<Fetched> {
    return this.#client.readAll(from);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

class DrowsyMembership implements Membership {
  readonly awake: Membership;
  readonly #clock: Clock;
  readonly #random: Random;
  #heard: { readonly generation: number; readonly assignment: Membership['assignment'] };
  #hearsAtMs = 0;

  constructor(awake: Membership, clock: Clock, random: Random) {
    this.awake = awake;
    this.#clock = clock;
    this.#random = random;
    this.#heard = { generation: awake.generation, assignment: awake.assignment };
  }

  get generation(): number {
    const { generation, assignment } = this.awake;
    const nowMs = this.#clock.monotonic();
    if (generation === this.#heard.generation) this.#hearsAtMs = 0;
    else if (this.#hearsAtMs === 0) this.#hearsAtMs = nowMs + this.#random.below(DROWSY_MS_MAX);
    if (nowMs >= this.#hearsAtMs) this.#heard = { generation, assignment };
    return this.#heard.generation;
  }

  get assignment(): Membership['assignment'] {
    return this.#heard.assignment;
  }

  committed(topic: string, partition: number): Promise<number> {
    return this.awake.committed(topic, partition);
  }

  fetch(positions: readonly Position[], waitMs: number): Promise<readonly Fetched[]> {
    return this.awake.fetch(positions, waitMs);
  }

  leave(): Promise<void> {
    return this.awake.leave();
  }
}
