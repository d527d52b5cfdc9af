/**
 * Player: plays scripts to a broker and gives back what it answered, normalised (see normalise.ts).
 *
 * Outcomes: an answer; `{ closed: true }`, the broker ended the connection; `{ silent: true }`, nothing came in time.
 * A connection that ended is opened anew for the next step.
 */
import net from 'node:net';
import {
  type Api,
  createTopicsApi,
  describeTransactionsApi,
  ERRORS,
  findCoordinatorApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  offsetFetchApi,
} from '../../src/protocol/index.ts';
import { WireClient } from '../wire/wire-client.ts';
import { normalise, Producers } from './normalise.ts';
import type { AskStep, Run, Script, Step, TopicOptions } from './script.ts';

export type Outcome = unknown;

const ANSWER_WITHIN_MS = 10_000;
/** Enough names that every partition of `__consumer_offsets` and of `__transaction_state` has one. */
const GROUPS_ASKED = 40;
const AGAIN_AFTER_MS = 20;
const [ID_NOT_FOUND] = ERRORS.TRANSACTIONAL_ID_NOT_FOUND;
const CLOSED = { closed: true };
const SILENT = { silent: true };

/** Waits until a fresh broker is in the state in which all scripts find it: coordinators and producer ids ready. */
export async function warmUp(port: number): Promise<void> {
  const client = await WireClient.connect(port);
  const names = Array.from({ length: GROUPS_ASKED }, (_, n) => `warm-${n}`);
  const request = { keyType: 0, coordinatorKeys: names };
  await again(
    () => client.send(findCoordinatorApi, 4, request),
    ({ coordinators }) => coordinators[0]?.errorCode === 0,
  );
  await again(
    () => client.send(offsetFetchApi, 8, { groups: names.map((groupId) => ({ groupId, topics: null })) }),
    ({ groups }) => groups.every(({ errorCode }) => errorCode === 0),
  );
  await again(
    () => client.send(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 1000 }),
    ({ errorCode }) => errorCode === 0,
  );
  await again(
    () => client.send(findCoordinatorApi, 4, { keyType: 1, coordinatorKeys: names }),
    ({ coordinators }) => coordinators.every(({ errorCode }) => errorCode === 0),
  );
  await again(
    () => client.send(describeTransactionsApi, 0, { transactionalIds: names }),
    ({ transactionStates }) => transactionStates.every(({ errorCode }) => errorCode === ID_NOT_FOUND),
  );
  client.close();
}

export async function play(port: number, script: Script): Promise<Outcome[]> {
  const player = new Player(port);
  try {
    const outcomes: Outcome[] = [];
    for (const step of script.steps) {
      const outcome = await player.step(step);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    player.close();
  }
}

class Player implements Run {
  readonly #port: number;
  readonly #connections = new Map<string, WireClient>();
  readonly #answers = new Map<string, unknown>();
  readonly #begun = new Map<string, Promise<Outcome>>();
  readonly #topicIds = new Map<string, string>();
  readonly #producers = new Producers();

  constructor(port: number) {
    this.#port = port;
  }

  /** The outcome; undefined for a step that has none. */
  async step(step: Step): Promise<Outcome | undefined> {
    switch (step.kind) {
      case 'topic':
        return void (await this.#makeTopic(step.name, step.options));
      case 'tell':
        (await this.#connection(step.ask.on)).sendOnly(
          step.ask.api,
          step.ask.version,
          this.#request(step.ask),
        );
        return undefined;
      case 'begin': {
        // The request is on its way when the next step starts.
        const client = await this.#connection(step.ask.on);
        this.#begun.set(step.label, this.#send(client, step.ask));
        return undefined;
      }
      case 'end':
        return this.#begun.get(step.label);
      case 'raw':
        return exchangeRaw(this.#port, Buffer.from(step.hex, 'hex'));
      case 'ask':
        return this.#ask(step);
    }
  }

  topicId(name: string): string {
    const id = this.#topicIds.get(name);
    if (id === undefined) throw new Error(`no makeTopic('${name}') before`);
    return id;
  }

  answer<Response>(_api: Api<any, Response>, label: string): Response {
    const answer = this.#answers.get(label);
    if (answer === undefined) throw new Error(`no answer is called '${label}'`);
    return answer as Response;
  }

  close(): void {
    for (const client of this.#connections.values()) client.close();
  }

  async #ask(step: AskStep): Promise<Outcome> {
    const until = step.until as ((answer: unknown) => boolean) | undefined;
    for (const deadline = Date.now() + ANSWER_WITHIN_MS; ; await pause(AGAIN_AFTER_MS)) {
      const client = await this.#connection(step.on);
      const outcome = await this.#send(client, step, until);
      if (outcome !== undefined) return outcome;
      if (Date.now() > deadline) throw new Error(`${step.api.name}: what the script waits for never came`);
    }
  }

  /** Undefined: an answer that is not yet the one that is waited for. */
  async #send(
    client: WireClient,
    step: AskStep,
    until?: (answer: unknown) => boolean,
  ): Promise<Outcome | undefined> {
    try {
      const sent = client.send(step.api, step.version, this.#request(step) as never);
      sent.catch(() => {}); // when it comes after the time is over
      const answer: unknown = await Promise.race([sent, pause(ANSWER_WITHIN_MS).then(() => SILENT)]);
      if (answer === SILENT) {
        this.#drop(client);
        return SILENT;
      }
      if (until !== undefined && !until(answer)) return undefined;
      if (step.as !== undefined) this.#answers.set(step.as, answer);
      return normalise(step.pick === undefined ? answer : step.pick(answer as never), this.#producers);
    } catch (error) {
      if (!(error instanceof Error) || !/closed|ECONNRESET|EPIPE/.test(error.message)) throw error;
      this.#drop(client);
      return CLOSED;
    }
  }

  #request(step: AskStep): unknown {
    return typeof step.request === 'function' ? (step.request as (run: Run) => unknown)(this) : step.request;
  }

  async #connection(name: string): Promise<WireClient> {
    const known = this.#connections.get(name);
    if (known !== undefined) return known;
    const made = await WireClient.connect(this.#port);
    this.#connections.set(name, made);
    return made;
  }

  #drop(client: WireClient): void {
    client.close();
    for (const [name, known] of this.#connections) if (known === client) this.#connections.delete(name);
  }

  async #makeTopic(name: string, { partitions = 1, configs = {} }: TopicOptions): Promise<void> {
    const client = await this.#connection('preparation');
    const asked = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const created = await client.send(createTopicsApi, 7, {
      topics: [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: asked }],
      timeoutMs: ANSWER_WITHIN_MS,
      validateOnly: false,
    });
    const { errorCode, errorMessage, topicId } = created.topics[0]!;
    if (errorCode !== 0) throw new Error(`${name} could not be made: ${errorCode} ${errorMessage}`);
    this.#topicIds.set(name, topicId);
    const request = {
      replicaId: -1,
      topics: [
        {
          name,
          partitions: [...Array(partitions).keys()].map((partitionIndex) => ({
            partitionIndex,
            timestamp: -1,
          })),
        },
      ],
    };
    await again(
      () => client.send(listOffsetsApi, 7, request),
      ({ topics }) => topics[0]!.partitions.every((partition) => partition.errorCode === 0),
    );
    await again(
      () => client.send(metadataApi, 12, { topics: [{ name }], allowAutoTopicCreation: false }),
      ({ topics }) =>
        topics[0]!.errorCode === 0 && topics[0]!.partitions.every(({ leaderId }) => leaderId >= 0),
    );
  }
}

/** One connection, these bytes, one answer: its bytes in hexadecimal after length and correlation id. */
function exchangeRaw(port: number, bytes: Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = net.connect({ port, host: '127.0.0.1' });
    const done = (outcome: Outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(ANSWER_WITHIN_MS / 5, () => done(SILENT));
    socket.once('error', () => done(CLOSED));
    socket.once('close', () => done(CLOSED));
    socket.on('data', (chunk) => {
      received.push(chunk);
      const all = Buffer.concat(received);
      if (all.length < 4 || all.length < 4 + all.readInt32BE(0)) return;
      done({ bytes: all.subarray(8, 4 + all.readInt32BE(0)).toString('hex') });
    });
    socket.once('connect', () => socket.write(bytes));
  });
}

async function again<T>(work: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + ANSWER_WITHIN_MS; ; await pause(AGAIN_AFTER_MS)) {
    const answer = await work();
    if (isThere(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not ready: ${JSON.stringify(answer)}`);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
