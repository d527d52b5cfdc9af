/**
 * Transcripts: the life of one transactional id, told in commands, with all that the mind does about each.
 *
 *   init p              `p` is a producer; it remembers its id and epoch
 *   ----
 *     record Empty 0/0
 *   p init: 0/0
 *
 * Producers name themselves by the epochs they hold (`epoch=` and `id=` overrule). `version=` is that of the request; add is
 * `v2` or not, and `send` an add by batches that come with it. UPDATE_TRANSCRIPTS=1 writes what happens now into the files: read the diff.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { errorNameOf } from '../protocol/index.ts';
import {
  DEFAULT_TRANSACTION_SETTINGS,
  Decision,
  type IdentityAnswer,
  type OpenTransaction,
  TransactionMind,
  type TransactionRecord,
  type VerifyAnswer,
} from './index.ts';
import { STATES } from './states.ts';

type Options = Record<string, string>;
const ID = 'x';
const folder = path.join(import.meta.dirname, 'testdata');
const ms = (text: string) =>
  Number.parseFloat(text) * (text.endsWith('ms') ? 1 : text.endsWith('h') ? 3_600_000 : 1000);

class Stage {
  #settings = { ...DEFAULT_TRANSACTION_SETTINGS };
  #mind = new TransactionMind(this.#settings);
  #nowMs = 0;
  /** What the wall clock shows beyond the session's. */
  #awayMs = 0;
  #producerIds = 0;
  #log: TransactionRecord[] = [];
  /** Where batches are that no marker followed. */
  #open: OpenTransaction[] = [];
  #producers = new Map<string, { producerId: number; producerEpoch: number }>();
  #timers = new Map<string, number>();
  #lines: string[] = [];

  run(command: string): string[] {
    this.#lines = [];
    const [verb = '', ...words] = command.split(/\s+/);
    const who = words[0] !== undefined && !words[0].includes('=') ? words.shift()! : '';
    const options = Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2))) as Options;
    this.#command(verb, who, options);
    return this.#lines;
  }

  #command(verb: string, who: string, options: Options): void {
    const producer = this.#producers.get(who) ?? { producerId: -1, producerEpoch: -1 };
    const named = {
      transactionalId: ID,
      producerId: Number(options.id ?? producer.producerId),
      producerEpoch: Number(options.epoch ?? producer.producerEpoch),
    };
    if (verb === 'wait') this.#wait(ms(who));
    else if (verb === 'restart') this.#restart(ms(options.away ?? '0'));
    else if (verb === 'init') {
      const isNew = options.again === undefined && options.epoch === undefined;
      const question = {
        ...named,
        ...(isNew ? { producerId: -1, producerEpoch: -1 } : {}),
        timeoutMs: ms(options.timeout ?? '60s'),
        enable2Pc: options['2pc'] !== undefined,
        keepPreparedTxn: options.keep !== undefined,
      };
      this.#identity(who, 'init', (decision, id) => this.#mind.init(decision, 1, question, id));
    } else if (verb === 'commit' || verb === 'abort') {
      const request = { ...named, committed: verb === 'commit' };
      const version = Number(options.version ?? 5);
      this.#identity(who, verb, (decision, id) => this.#mind.end(decision, 1, { request, version }, id));
    } else if (verb === 'add' || verb === 'send' || verb === 'verify') {
      const partitions = (options.to ?? 't-0').split(',').map((one) => ({
        topic: one.split('-')[0]!,
        partition: Number(one.split('-')[1]),
      }));
      const clientVersion = options.version === '0' ? 0 : 2;
      const question = { ...named, partitions, clientVersion } as const;
      const answer = this.#decide((decision) => {
        if (verb === 'verify') this.#mind.verify(decision, 1, question);
        else if (verb === 'send' && this.#mind.join(question, decision.now.wallMs)) decision.answer(1, 0);
        else this.#mind.add(decision, 1, question);
      });
      if (verb === 'send' && answer === 0)
        this.#open.push(...partitions.map((one) => ({ ...one, ...named })));
      const code = typeof answer === 'number' ? answer : (answer as VerifyAnswer).errorCode;
      const added = typeof answer === 'number' ? '' : ` ${(answer as VerifyAnswer).isAdded.join(' ')}`;
      this.#say(`${who} ${verb}: ${errorNameOf(code)}${code === 0 ? added : ''}`);
    } else if (verb === 'expire') this.#decide((decision) => this.#mind.expire(decision, ID));
    else if (verb === 'describe') {
      const told = this.#decide((decision) => this.#mind.describe(decision, 1, ID)) as {
        errorCode: number;
        transactionState: string;
        topics: { topic: string; partitions: number[] }[];
      };
      const partitions = told.topics.flatMap((one) => one.partitions.map((index) => `${one.topic}-${index}`));
      this.#say(
        told.errorCode === 0
          ? `${told.transactionState} ${partitions.join(' ')}`.trim()
          : errorNameOf(told.errorCode),
      );
    } else if (verb === 'epoch') this.#skipTo(Number(who));
    else throw new Error(`what is '${verb}'?`);
  }

  #identity(
    who: string,
    verb: string,
    ask: (decision: Decision, newProducerId: number | undefined) => void,
  ): void {
    let answer = this.#decide((decision) => ask(decision, undefined)) as IdentityAnswer;
    if (answer.needsProducerId === true) {
      const newProducerId = this.#producerIds++;
      answer = this.#decide((decision) => ask(decision, newProducerId)) as IdentityAnswer;
    }
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode === 0) this.#producers.set(who, { producerId, producerEpoch });
    this.#say(
      `${who} ${verb}: ${errorCode === 0 ? `${producerId}/${producerEpoch}` : errorNameOf(errorCode)}`,
    );
  }

  #decide(act: (decision: Decision) => void): unknown {
    const decision = new Decision({ wallMs: this.#nowMs + this.#awayMs, sessionMs: this.#nowMs });
    act(decision);
    for (const record of decision.records) {
      this.#say(`  record ${recordText(record)}`);
      this.#log.push(record);
      this.#mind.replay(record);
      this.#open = this.#open.filter(
        ({ topic, partition }) => record.ending?.partitions.get(topic)?.has(partition) !== true,
      );
    }
    for (const [key, atMs] of decision.timers) {
      this.#timers.delete(key);
      if (atMs !== null) this.#timers.set(key, atMs);
    }
    return decision.answers.find(({ token }) => token === 1)?.response;
  }

  #wait(duration: number): void {
    const endMs = this.#nowMs + duration;
    for (;;) {
      const [next] = [...this.#timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1]);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1]);
      const before = this.#lines.length;
      this.#decide((decision) => this.#mind.fire(decision, next[0]));
      if (this.#lines.length > before) this.#lines.splice(before, 0, `at ${this.#nowMs / 1000}s`);
    }
    this.#nowMs = endMs;
  }

  /** What is in memory only is gone, as it is for every broker that starts. */
  #restart(awayMs: number): void {
    this.#awayMs += awayMs;
    this.#mind = new TransactionMind(this.#settings);
    this.#timers.clear();
    for (const { type, key, value } of this.#log) this.#mind.replay({ type, key, value });
    this.#mind.complete(this.#open);
    this.#decide((decision) => this.#mind.loaded(decision));
  }

  /** As if so many transactions had been. */
  #skipTo(producerEpoch: number): void {
    const last = this.#log.at(-1)!;
    const record = { ...last, value: { ...last.value!, producerEpoch, transactionStatus: 0 } };
    const empty = { ...record, value: { ...record.value, transactionPartitions: null } };
    this.#log.push(empty);
    this.#mind.replay(empty);
    for (const producer of this.#producers.values()) producer.producerEpoch = producerEpoch;
  }

  #say(line: string): void {
    this.#lines.push(line);
  }
}

function recordText({ value, ending }: TransactionRecord): string {
  if (value === null) return 'forgotten';
  const state = STATES[value.transactionStatus];
  const partitions = (value.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
    partitionIds.map((index) => `${topic}-${index}`),
  );
  const marked = [...(ending?.partitions ?? [])].flatMap(([topic, indexes]) =>
    [...indexes].map((index) => `${topic}-${index}`),
  );
  const markers =
    ending === undefined
      ? []
      : [
          `${ending.isCommit ? 'commit' : 'abort'} ${ending.producerId}/${ending.producerEpoch} on [${marked}]`,
        ];
  return [`${state} ${value.producerId}/${value.producerEpoch}`, ...partitions, ...markers].join(' ');
}

function play(text: string): string {
  const stage = new Stage();
  const played = text
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const commands = block.split(/\n----(?:\n|$)/)[0]!.split('\n');
      const heard = commands
        .filter((line) => line !== '' && !line.startsWith('#'))
        .flatMap((line) => stage.run(line));
      if (commands.every((line) => line.startsWith('#'))) return commands.join('\n');
      return [...commands, '----', ...heard].join('\n');
    });
  return `${played.join('\n\n')}\n`;
}

for (const file of readdirSync(folder).sort())
  test(file.replace('.txt', '').replaceAll('-', ' '), () => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const played = play(text);
    if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(path.join(folder, file), played);
    else assert.equal(played, text);
  });
