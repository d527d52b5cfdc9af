/**
 * Producers: clients of other people that make their records canonical on the way out. Everything else of the client stays as it is:
 * batches, acks, idempotence, transactions. Nothing is imported: the client is known by its shape.
 *
 * A record that the definition refuses makes `send` reject with `Refused` (field, reason), and nothing of that call is sent.
 */
import type { Header } from './headers.ts';
import type { Lens } from './lens.ts';

type Text = string | Uint8Array;

interface KafkajsMessage {
  value: Text | null;
  headers?: Readonly<Record<string, Text | readonly Text[] | undefined>>;
}

interface KafkajsSender {
  send(request: { messages: KafkajsMessage[] }): Promise<unknown>;
  sendBatch(request: { topicMessages?: { messages: KafkajsMessage[] }[] }): Promise<unknown>;
}

/** A producer of kafkajs whose `send`, `sendBatch` and transactions take raw records and send canonical ones. */
export function canonicalKafkajs<P extends object>(producer: P, lens: Lens): P {
  const sender = producer as unknown as KafkajsSender & { transaction(): Promise<object> };
  return replaced(producer, {
    send: async (request: Parameters<KafkajsSender['send']>[0]) =>
      sender.send({ ...request, messages: request.messages.map((message) => kafkajsMessage(message, lens)) }),
    sendBatch: async (request: Parameters<KafkajsSender['sendBatch']>[0]) =>
      sender.sendBatch({
        ...request,
        topicMessages: (request.topicMessages ?? []).map((each) => ({
          ...each,
          messages: each.messages.map((message) => kafkajsMessage(message, lens)),
        })),
      }),
    transaction: async () => canonicalKafkajs(await sender.transaction(), lens),
  });
}

function kafkajsMessage(message: KafkajsMessage, lens: Lens): KafkajsMessage {
  const before = Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value): Header => [name, bytesOf(value)]),
  );
  const { value, headers } = lens.toCanonical(bytesOf(message.value), before);
  const named: Record<string, Buffer[]> = {};
  for (const [name, text] of headers) (named[name] ??= []).push(Buffer.from(text ?? []));
  return { ...message, value: value === null ? null : Buffer.from(value), headers: named };
}

type PlatformaticHeaders = Iterable<readonly [Text, Text | null]> | Readonly<Record<string, Text>>;

interface PlatformaticMessage {
  value?: Text | null;
  headers?: PlatformaticHeaders;
}

/** A producer of @platformatic/kafka whose `send` takes raw records and sends canonical ones. It must have no serializers for values and headers: they are bytes. */
export function canonicalPlatformatic<P extends object>(producer: P, lens: Lens): P {
  const sender = producer as unknown as {
    send(request: { messages: PlatformaticMessage[] }): Promise<unknown>;
  };
  return replaced(producer, {
    send: async (request: { messages: PlatformaticMessage[] }) =>
      sender.send({
        ...request,
        messages: request.messages.map((message) => platformaticMessage(message, lens)),
      }),
    asStream: () => {
      throw new TypeError('a stream would send raw records: use send');
    },
  });
}

function platformaticMessage(message: PlatformaticMessage, lens: Lens): PlatformaticMessage {
  const before = pairsOf(message.headers ?? []).map(
    ([name, value]): Header => [bytesOf(name)!.toString(), bytesOf(value)],
  );
  const { value, headers } = lens.toCanonical(bytesOf(message.value), before);
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
