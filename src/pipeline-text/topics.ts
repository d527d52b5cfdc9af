/** Topics as text: a name, or a name with how its bytes are read and written. */
import { serde, type Topic, topic } from '../streams/index.ts';
import type { AnySerde, Flow, Shape } from './flow.ts';
import { type Form, object, oneOf, optional, required, shortFor, text } from './form.ts';
import type { Part } from './part.ts';

interface Named {
  readonly serde: AnySerde;
  readonly shape: Shape;
}

const plain = (one: unknown, shape: Shape): Named => ({ serde: one as AnySerde, shape });
const nullable = (one: unknown, shape: Shape): Named => plain(serde.nullable(one as AnySerde), shape);

/** With a question mark: also records without it. */
const SERDES: Readonly<Record<string, Named>> = {
  raw: plain(serde.raw, 'bytes'),
  text: plain(serde.text, 'text'),
  'text?': nullable(serde.text, 'text'),
  json: plain(serde.json(), 'value'),
  'json?': nullable(serde.json(), 'value'),
};
const OF_SHAPE: Readonly<Record<Shape, string>> = { bytes: 'raw', text: 'text', value: 'json' };

const serdeName = oneOf(...Object.keys(SERDES));

interface TopicText {
  readonly topic: string;
  readonly key?: string;
  readonly value?: string;
}

const topicText: Form<TopicText> = shortFor(
  object({
    topic: required(text, 'its name'),
    key: optional(serdeName, 'how keys are read and written'),
    value: optional(serdeName, 'how values are read and written; with a ? also records without one'),
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
    const { topic: name, key = 'raw', value = 'json' } = topicText.read(part);
    const [keys, values] = [SERDES[key]!, SERDES[value]!];
    return { topic: made(part, name, keys, values), key: keys.shape, value: values.shape };
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
      return made(part, name, keys, values);
    };
  },
};

function serdeFor(part: Part, what: 'key' | 'value', name: string | undefined, shape: Shape): Named {
  const written = name ?? OF_SHAPE[shape];
  const found = SERDES[written]!;
  if (shape !== 'bytes' && found.shape === 'bytes')
    part.fail(
      `${what}: raw writes bytes, and the ${what} is ${shape === 'text' ? 'text' : 'a value'} here`,
      `Say ${what}: ${OF_SHAPE[shape]}`,
    );
  if (shape === 'bytes' && found.shape !== 'bytes')
    part.fail(
      `${what}: ${written} writes values, and the ${what} is bytes here`,
      what === 'value'
        ? 'Say value: json where the topic is read (from), or value: raw here'
        : 'Say key: raw here, or key: text where the topic is read (from)',
    );
  return found;
}

function made(part: Part, name: string, key: Named, value: Named): Topic<unknown, unknown> {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || /^\.{1,2}$/.test(name))
    part.fail(`'${name}' is no topic name`, "Letters, digits, '.', '_' and '-', at most 249");
  return topic(name, { key: key.serde, value: value.serde });
}
