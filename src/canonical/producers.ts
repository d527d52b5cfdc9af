/**
 * Producers: clients of other people that make their records canonical on the way out. Everything else of the client stays as it is:
 * batches, acks, idempotence, transactions. Nothing is imported: the client is known by its shape.
 *
 * Where the definition keeps complements in a topic, they are acknowledged before their records are sent, and records stay in order.
 * A record that the definition refuses makes `send` reject with `Refused` (field, reason), and nothing of that call is sent.
 */
import type { ComplementRecord } from './complement.ts';
import type { Header } from './headers.ts';
import type { Lens } from './lens.ts';
import { type Canonical, Outlet } from './outlet.ts';
import {
  type KafkajsKafka,
  type PlatformaticConsumer,
  textsByKafkajs,
  textsByPlatformatic,
} from './published.ts';

type Text = string | Uint8Array;

interface KafkajsMessage {
  value: Text | null;
  headers?: Readonly<Record<string, Text | readonly Text[] | undefined>>;
}

interface KafkajsSender {
  connect(): Promise<unknown>;
  send(request: { messages: KafkajsMessage[] }): Promise<unknown>;
  sendBatch(request: { topicMessages?: { messages: KafkajsMessage[] }[] }): Promise<unknown>;
  transaction(): Promise<object>;
}

/**
 * A producer of kafkajs whose `send`, `sendBatch` and transactions take raw records and send canonical ones. The definition is a lens,
 * or the name of a published one (`order@1`, `flight@1/ops`): then `kafka` must be given, and `connect` reads it from the log.
 */
export function canonicalKafkajs<P extends object>(
  producer: P,
  definition: Lens | string,
  kafka?: object,
): P {
  const texts = () => textsByKafkajs(requireSource(kafka, 'kafka') as KafkajsKafka);
  return kafkajsProducer(producer, new Outlet(definition, texts));
}

function kafkajsProducer<P extends object>(producer: P, outlet: Outlet): P {
  const sender = producer as unknown as KafkajsSender;
  const keep = (complements: readonly ComplementRecord[]) =>
    sender.sendBatch({
      topicMessages: [...byTopic(complements)].map(([topic, records]) => ({
        topic,
        messages: records.map(({ key, value }) => ({ key, value: Buffer.from(value) })),
      })),
    });
  return replaced(producer, {
    connect: async () => {
      await outlet.ready();
      return sender.connect();
    },
    send: (request: Parameters<KafkajsSender['send']>[0]) =>
      outlet.send(keep, (canonical) => {
        const messages = request.messages.map((message) => kafkajsMessage(message, canonical));
        return () => sender.send({ ...request, messages });
      }),
    sendBatch: (request: Parameters<KafkajsSender['sendBatch']>[0]) =>
      outlet.send(keep, (canonical) => {
        const topicMessages = (request.topicMessages ?? []).map((each) => ({
          ...each,
          messages: each.messages.map((message) => kafkajsMessage(message, canonical)),
        }));
        return () => sender.sendBatch({ ...request, topicMessages });
      }),
    transaction: async () => {
      await outlet.ready();
      return kafkajsProducer(await sender.transaction(), outlet.another());
    },
  });
}

function kafkajsMessage(message: KafkajsMessage, canonical: Canonical): KafkajsMessage {
  const before = Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value): Header => [name, bytesOf(value)]),
  );
  const { value, headers } = canonical(bytesOf(message.value), before);
  const named: Record<string, Buffer[]> = {};
  for (const [name, text] of headers) (named[name] ??= []).push(Buffer.from(text ?? []));
  return { ...message, value: value === null ? null : Buffer.from(value), headers: named };
}

type PlatformaticHeaders = Iterable<readonly [Text, Text | null]> | Readonly<Record<string, Text>>;

interface PlatformaticMessage {
  value?: Text | null;
  headers?: PlatformaticHeaders;
}

interface PlatformaticSender {
  send(request: { messages: PlatformaticMessage[] }): Promise<unknown>;
}

/**
 * A producer of @platformatic/kafka whose `send` takes raw records and sends canonical ones. It must have no serializers for values and
 * headers: they are bytes. The definition is a lens, or the name of a published one: then a `consumer` must be given (it joins no
 * group), and the first `send` reads it from the log.
 */
export function canonicalPlatformatic<P extends object>(
  producer: P,
  definition: Lens | string,
  consumer?: object,
): P {
  const sender = producer as unknown as PlatformaticSender;
  const texts = () => textsByPlatformatic(requireSource(consumer, 'consumer') as PlatformaticConsumer);
  const outlet = new Outlet(definition, texts);
  const keep = (complements: readonly ComplementRecord[]) =>
    sender.send({ messages: complements.map((each) => ({ ...each, value: Buffer.from(each.value) })) });
  return replaced(producer, {
    send: (request: Parameters<PlatformaticSender['send']>[0]) =>
      outlet.send(keep, (canonical) => {
        const messages = request.messages.map((message) => platformaticMessage(message, canonical));
        return () => sender.send({ ...request, messages });
      }),
    asStream: () => {
      throw new TypeError('a stream would send raw records: use send');
    },
  });
}

function platformaticMessage(message: PlatformaticMessage, canonical: Canonical): PlatformaticMessage {
  const before = pairsOf(message.headers ?? []).map(
    ([name, value]): Header => [bytesOf(name)!.toString(), bytesOf(value)],
  );
  const { value, headers } = canonical(bytesOf(message.value), before);
  const named = new Map(headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text ?? [])]));
  return { ...message, value: value === null ? null : Buffer.from(value), headers: named };
}

function pairsOf(headers: PlatformaticHeaders): (readonly [Text, Text | null])[] {
  return Symbol.iterator in headers
    ? [...(headers as Iterable<readonly [Text, Text | null]>)]
    : Object.entries(headers);
}

/** What is sent is what was written: an object would be turned into a text by somebody's rules, so it must be one already. */
function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`a canonical producer takes texts and bytes, not ${typeof value}: use JSON.stringify`);
}

function byTopic(complements: readonly ComplementRecord[]): Map<string, ComplementRecord[]> {
  const topics = new Map<string, ComplementRecord[]>();
  for (const complement of complements) {
    const known = topics.get(complement.topic);
    if (known === undefined) topics.set(complement.topic, [complement]);
    else known.push(complement);
  }
  return topics;
}

function requireSource(source: object | undefined, name: string): object {
  if (source !== undefined) return source;
  throw new TypeError(`a definition by its name is read from the log: give the ${name}, too, or a Lens`);
}

/** The same object, with some of its methods replaced. */
function replaced<P extends object>(target: P, methods: Readonly<Record<string, unknown>>): P {
  return new Proxy(target, {
    get(object, name) {
      if (typeof name === 'string' && Object.hasOwn(methods, name) && name in object) return methods[name];
      const value: unknown = Reflect.get(object, name, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}
