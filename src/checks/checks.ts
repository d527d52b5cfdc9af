/**
 * Checks: the checks that topics ask for, done in threads. One prepared definition serves all topics with the same text.
 */
import { type Cpu, WorkFailed } from '../env/index.ts';
import { type ErrorName, KafkaError, NOTHING_WRITTEN, type RecordBatch } from '../protocol/index.ts';
import { CHECK_WORK, type CheckJob, type CheckResult } from './check-work.ts';
import { type CheckDefinition, type PublishedDefinition, SETTING_OF } from './record-check.ts';

/** A topic's wish. */
export interface TopicCheck {
  readonly topic: string;
  readonly definition: CheckDefinition | PublishedDefinition;
  /** Where refused records go; undefined: the batch is refused. */
  readonly deadLetterTopic: string | undefined;
}

/** What became of a batch (partition/batch-check.ts says more). */
type Looked = Exclude<CheckResult, { kind: 'corrupt' | 'parted' }> | Parted;
interface Parted {
  readonly kind: 'parted';
  readonly rest: Buffer;
  readonly dead: Buffer;
}

/** Definitions that are remembered, so that a thread knows them again. */
const DEFINITIONS_MAX = 256;

export class Checks {
  readonly #cpu: Cpu;
  readonly #definitions = new Map<string, CheckDefinition>();

  /** What is published under a name, as JSON; undefined: nothing. Given once the log is there. */
  published: (named: PublishedDefinition) => Promise<string | undefined> = () => Promise.resolve(undefined);

  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }

  /** What the partitions of a topic are given. `openedBytesMax`: what a batch of so many bytes may grow to. */
  of(wish: TopicCheck, openedBytesMax: (bytes: number) => number) {
    const { definition, topic, deadLetterTopic } = wish;
    return {
      deadLetterTopic,
      look: async (batch: RecordBatch, partition: number): Promise<Looked> => {
        const job = {
          batch: alone(batch.bytes),
          openedBytesMax: openedBytesMax(batch.sizeInBytes),
          ...(deadLetterTopic === undefined ? {} : { from: { topic, partition } }),
        };
        const result = await this.#run(await this.#required(definition), job);
        if (result.kind === 'corrupt') throw new KafkaError(result.error as ErrorName, result.detail);
        if (result.kind !== 'parted') return result;
        return { kind: 'parted', rest: bufferOf(result.rest), dead: bufferOf(result.dead) };
      },
    };
  }

  /** What is wrong with a definition; undefined: it can be used. */
  async examine(named: CheckDefinition | PublishedDefinition): Promise<string | undefined> {
    const definition = await this.#find(named);
    if (definition === undefined) return notPublished(named);
    try {
      await this.#perform(definition, {});
      return undefined;
    } catch (error) {
      if (error instanceof WorkFailed) return error.message;
      throw error;
    }
  }

  async #find(named: CheckDefinition | PublishedDefinition): Promise<CheckDefinition | undefined> {
    if ('text' in named) return this.#known(named);
    const text = await this.published(named);
    return text === undefined ? undefined : this.#known({ kind: named.kind, text });
  }

  /** It was there when the topic was set to ask for it; who has taken it away can bring it back, and the batch comes again. */
  async #required(named: CheckDefinition | PublishedDefinition): Promise<CheckDefinition> {
    const definition = await this.#find(named);
    if (definition !== undefined) return definition;
    throw new KafkaError('KAFKA_STORAGE_ERROR', `${notPublished(named)}; ${NOTHING_WRITTEN}`);
  }

  async #run(definition: CheckDefinition, job: CheckJob): Promise<CheckResult> {
    try {
      return await this.#perform(definition, job);
    } catch (error) {
      if (!(error instanceof WorkFailed)) throw error;
      throw new KafkaError(
        'INVALID_RECORD',
        `the batch could not be checked against ${SETTING_OF[definition.kind]}: ${error.message}`,
      );
    }
  }

  /** A thread that dies is no word about the batch, or the definition: another one looks at it. Twice is. */
  async #perform(definition: CheckDefinition, job: CheckJob): Promise<CheckResult> {
    try {
      return await this.#cpu.run(CHECK_WORK, definition, job);
    } catch (error) {
      if (!(error instanceof WorkFailed) || error.failure !== 'died') throw error;
      return await this.#cpu.run(CHECK_WORK, definition, job);
    }
  }

  #known(definition: CheckDefinition): CheckDefinition {
    const key = `${definition.kind} ${definition.text}`;
    const known = this.#definitions.get(key) ?? definition;
    this.#definitions.delete(key);
    this.#definitions.set(key, known); // the newest
    if (this.#definitions.size > DEFINITIONS_MAX)
      this.#definitions.delete(this.#definitions.keys().next().value!);
    return known;
  }
}

/** Bytes on their way to a thread are copied with all the memory that they lie in. */
function alone(bytes: Buffer): Uint8Array {
  return bytes.length * 2 >= bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function notPublished(named: CheckDefinition | PublishedDefinition): string {
  const id = 'id' in named ? named.id : '';
  const command =
    named.kind === 'schema' ? `gregor schema publish ${id} FILE` : 'gregor canonical publish FILE';
  return `${id} is not published: ${command}`;
}
