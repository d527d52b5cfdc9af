/**
 * Archive: what was deleted behind the readers of repartition topics, kept for whoever checks what was ever in them.
 *
 *   X4  nothing is deleted that the reader has not committed
 */
import type { Fetched, LogClient, Position } from '../../src/pipelines/index.ts';
import { errorNameOf, KafkaError } from '../../src/protocol/index.ts';
import type { Server } from '../../src/server/index.ts';
import type { LogRecord } from '../../src/streams/index.ts';
import { NAME } from './workload.ts';

const LOAD_MS = 10;

export class Archive {
  readonly #records = new Map<string, LogRecord[]>();
  /** `topic/partition` → up to where it is kept here. */
  readonly #ends = new Map<string, number>();
  readonly #violated: (message: string) => void;

  constructor(violated: (message: string) => void) {
    this.#violated = violated;
  }

  /** All that was ever in the partition, as the log has it or had it. */
  async read(client: LogClient, topic: string, partition: number): Promise<LogRecord[]> {
    const name = `${topic}/${partition}`;
    const end = this.#ends.get(name) ?? 0;
    const kept = [...(this.#records.get(name) ?? [])];
    return [...kept, ...(await recordsOf(client.readAll({ topic, partition, offset: end })))];
  }

  /** Before these are deleted. */
  async keep(server: Server, client: LogClient, before: readonly Position[]): Promise<void> {
    const committed = await offsetsOf(server);
    for (const { topic, partition, offset } of before) {
      const name = `${topic}/${partition}`;
      const reader = committed.get(name) ?? 0;
      if (offset > reader)
        this.#violated(`X4: ${name} would be deleted before ${offset}, and its reader stands at ${reader}`);
      const found = await recordsOf(client.readAll({ topic, partition, offset: this.#ends.get(name) ?? 0 }));
      const end = this.#ends.get(name) ?? 0; // another member may have come first
      const fresh = found.filter((record) => end <= record.offset && record.offset < offset);
      this.#records.set(name, [...(this.#records.get(name) ?? []), ...fresh]);
      this.#ends.set(name, Math.max(end, offset));
    }
  }
}

/** `topic/partition` → where the pipeline's group stands. */
export async function offsetsOf({ broker }: Server): Promise<ReadonlyMap<string, number>> {
  const { groups, clock } = broker;
  const ask = () => groups.fetchOffsets({ groupId: NAME, topics: null });
  let answer = await ask();
  for (; errorNameOf(answer.errorCode) === 'COORDINATOR_LOAD_IN_PROGRESS'; answer = await ask())
    await clock.sleep(LOAD_MS);
  const { topics, errorCode } = answer;
  if (errorCode !== 0) throw new KafkaError(errorNameOf(errorCode), 'the offsets of the pipeline');
  return new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }): [string, number] => [
        `${name}/${partitionIndex}`,
        committedOffset,
      ]),
    ),
  );
}

async function recordsOf(all: AsyncIterable<Fetched>): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const fetched of all) records.push(...fetched.records);
  return records;
}
