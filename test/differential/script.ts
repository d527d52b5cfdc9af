/**
 * Script: what to send to a broker, as a value. The same script is played to Apache Kafka and to Gregor.
 *
 *   script('produce: null records', (topic) => [
 *     makeTopic(topic),
 *     ask(produceApi, 9, { acks: -1, timeoutMs: 5000, topicData: [{ name: topic, partitionData: [{ index: 0, records: null }] }] }),
 *   ])
 *
 * `topic` is a name that belongs to this script alone, so that all scripts can share one broker. What is known only while
 * playing (topic ids, member ids) is asked of `run` in a function: `ask(fetchApi, 13, (run) => ({ … run.topicId(topic) … }))`.
 * Every step but the preparing ones (`makeTopic`, `tell`, `begin`) has an outcome: the decoded answer, or how the connection ended.
 */
import { createHash } from 'node:crypto';
import type { Api, Input } from '../../src/protocol/index.ts';

/** What a step may know of the steps before it. */
export interface Run {
  /** Id of a topic that exists. */
  topicId(name: string): string;
  /** The answer of the step that was given this label. */
  answer<Response>(api: Api<any, Response>, label: string): Response;
}

export type Late<T> = T | ((run: Run) => T);

export interface AskStep {
  readonly kind: 'ask';
  readonly api: Api;
  readonly version: number;
  readonly request: Late<unknown>;
  /** Which connection; steps that name none share one. */
  readonly on: string;
  /** Under what the answer is known to later steps. */
  readonly as: string | undefined;
  /** Asked again until this holds (a setting that takes effect a little later), for up to 10 s. */
  readonly until: ((answer: never) => boolean) | undefined;
  /** The part of the answer that is compared: all scripts share one broker, and some answers tell of all of them. */
  readonly pick: ((answer: never) => unknown) | undefined;
}

export type Step =
  | AskStep
  /** Starts a request and goes on; `end` waits for its outcome. */
  | { readonly kind: 'begin'; readonly label: string; readonly ask: AskStep }
  | { readonly kind: 'end'; readonly label: string }
  /** A request that has no answer (acks=0). */
  | { readonly kind: 'tell'; readonly ask: AskStep }
  /** Bytes as they are, the length before them included; the outcome is the answer's bytes after the correlation id. */
  | { readonly kind: 'raw'; readonly hex: string }
  /** Makes a topic and waits until it can be produced to. No outcome. */
  | { readonly kind: 'topic'; readonly name: string; readonly options: TopicOptions };

export interface TopicOptions {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Changes with what the script says, not with how it is laid out: a recording knows what it was recorded from. */
  readonly digest: string;
}

export function script(name: string, steps: (topic: string) => readonly Step[]): Script {
  const made = steps(name.replaceAll(/[^a-zA-Z0-9]+/g, '-'));
  const text = JSON.stringify(made, (key, value: unknown) => {
    if (key === 'until') return value !== undefined;
    if (key === 'pick') return value === undefined ? undefined : String(value).replaceAll(/\s/g, '');
    if (typeof value === 'function') return value(STAND_IN) as unknown;
    return typeof value === 'object' && value !== null && 'versionMax' in value ? (value as Api).name : value;
  });
  return { name, steps: made, digest: createHash('sha256').update(text).digest('hex').slice(0, 16) };
}

/** Fields of answers that requests use as numbers. */
const NUMBERS: Readonly<Record<string, number>> = { producerId: 1, producerEpoch: 0, sessionId: 1 };
/** Stands in for a run, so that a digest knows what a request that is made while playing would say. */
const STAND_IN: Run = {
  topicId: () => '0'.repeat(32),
  answer: (_api, label) =>
    new Proxy({}, { get: (_, field) => NUMBERS[String(field)] ?? `${label}.${String(field)}` }) as never,
};

interface AskOptions<Response> {
  readonly on?: string;
  readonly as?: string;
  readonly until?: (answer: Response) => boolean;
  readonly pick?: (answer: Response) => unknown;
}

export function ask<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  request: Late<Input<NoInfer<Request>>>,
  options: AskOptions<NoInfer<Response>> = {},
): AskStep {
  return {
    kind: 'ask',
    api,
    version,
    request,
    on: options.on ?? 'main',
    as: options.as,
    until: options.until,
    pick: options.pick,
  };
}

export const begin = (label: string, step: AskStep): Step => ({ kind: 'begin', label, ask: step });
export const end = (label: string): Step => ({ kind: 'end', label });
export const tell = (step: AskStep): Step => ({ kind: 'tell', ask: step });
export const raw = (hex: string): Step => ({ kind: 'raw', hex: hex.replaceAll(/\s/g, '') });
export const makeTopic = (name: string, options: TopicOptions = {}): Step => ({
  kind: 'topic',
  name,
  options,
});
