/** Topics as text: a name, or a name with how its bytes are read and written. */
import { type Topic, topic } from '../streams/index.ts';
import type { Flow, Shape } from './flow.ts';
import { type Form, object, optional, required, shortFor, text } from './form.ts';
import type { Part } from './part.ts';
import { type NamedSerde, OF_SHAPE, serdeText } from './serdes.ts';

export interface TopicText {
  readonly topic: string;
  readonly key?: NamedSerde;
  readonly value?: NamedSerde;
}

export const topicText: Form<TopicText> = shortFor(
  object({
    topic: required(text, 'its name'),
    key: optional(serdeText, 'how keys are read and written'),
    value: optional(serdeText, 'how values are read and written; with a ? also records without one'),
  }) as Form<TopicText>,
  { ...text, what: 'the name of a topic' },
  (name) => ({ topic: name }),
);

export interface InputTopic {
  readonly topic: Topic<unknown, unknown>;
  readonly key: Shape;
  readonly value: Shape;
}

/** Values are JSON unless said otherwise, keys bytes. */
export const inputTopic: Form<InputTopic> = {
  ...topicText,
  read: (part) => {
    const { topic: name, key = OF_SHAPE.bytes, value = OF_SHAPE.value } = topicText.read(part);
    return { topic: topicOf(part, name, key, value), key: key.shape, value: value.shape };
  },
};

/** What is not said follows from what the records are by then. */
export const outputTopic: Form<(flow: Flow) => Topic<unknown, unknown>> = {
  ...topicText,
  read: (part) => {
    const { topic: name, key, value } = topicText.read(part);
    return (flow) => {
      const keys = serdeFor(part, 'key', key, flow.key);
      const values = serdeFor(part, 'value', value, flow.value);
      return topicOf(part, name, keys, values);
    };
  },
};

function serdeFor(
  part: Part,
  what: 'key' | 'value',
  given: NamedSerde | undefined,
  shape: Shape,
): NamedSerde {
  const found = given ?? OF_SHAPE[shape];
  const isFit =
    shape === 'lossless' || found.shape === 'lossless'
      ? shape === found.shape
      : (shape === 'bytes') === (found.shape === 'bytes');
  if (isFit) return found;
  const { name } = OF_SHAPE[shape];
  return part.fail(
    `${what}: ${found.name} does not fit, the ${what} is ${KINDS[shape]} here`,
    `Say ${what}: ${name} here${shape === 'bytes' ? `, or ${what}: ${found.name} where the topic is read (from)` : ''}`,
  );
}

const KINDS: Readonly<Record<Shape, string>> = {
  bytes: 'bytes',
  text: 'text',
  value: 'a value',
  lossless: 'lossless JSON',
};

export function topicOf(
  part: Part,
  name: string,
  key: NamedSerde,
  value: NamedSerde,
): Topic<unknown, unknown> {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || /^\.{1,2}$/.test(name))
    part.fail(`'${name}' is no topic name`, "Letters, digits, '.', '_' and '-', at most 249");
  return topic(name, { key: key.serde, value: value.serde });
}
