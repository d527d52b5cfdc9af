/** join: each record with its row of a table, or with the records of another stream that are near in time. What is found goes into a field. */
import { type JoinStreamOptions, type JoinTableOptions, PlanError, table } from '../../streams/index.ts';
import { expression } from '../expression.ts';
import type { Flow } from '../flow.ts';
import { duration, either, flag, type Form, object, oneOf, optional, required, text } from '../form.ts';
import type { Part } from '../part.ts';
import { OF_SHAPE } from '../serdes.ts';
import { inputTopic, type TopicText, topicText } from '../topics.ts';
import { type Builder, onward, type StepText, stepsLater, stepText } from './step-text.ts';

const into = required(text, 'the field of the value that gets what is found; null when there is none');
const kind = optional(oneOf('inner', 'left'), 'left: records that find none go on as well; default inner');
const onLate = optional(oneOf('dead-letter', 'drop'), 'default dead-letter');

const withTable = object({
  table: required(topicText, 'the topic; its key is read like that of the stream, its value as JSON'),
  into,
  kind,
  onLate,
  global: optional(flag, 'every task has all of it, to be joined by anything; default false'),
  on: optional(expression, "the row's key, of a global table; default the record's key"),
  onMissing: optional(oneOf('drop', 'dead-letter'), 'a record without a row; default drop, counted'),
  asOf: optional(oneOf('event-time'), "the row as it was at the record's event time"),
  grace: optional(duration, 'how long a record waits for rows that come late'),
  keepVersions: optional(duration, 'how far back rows are known'),
});

/** Built when the pipeline is known. */
const source: Form<Part> = { ...inputTopic, read: (part) => part };

const withStream = object({
  stream: required(source, 'the topic of the other stream'),
  steps: optional(stepsLater, 'what is done with its records before'),
  into,
  kind,
  onLate,
  within: required(
    either<unknown>(
      {
        fits: (part) => part.isMap,
        form: object({ before: required(duration), after: required(duration) }),
      },
      { fits: () => true, form: duration },
    ),
    'how far apart two records may be in event time',
  ),
  grace: optional(duration, 'how much later than the watermark records may come; default 0'),
});

type Read = Readonly<Record<string, unknown>> & { readonly into: string };

const options: Form<Read> = {
  schema: { anyOf: [withTable.schema, withStream.schema] },
  what: 'a mapping with table or stream',
  read: (part) => {
    if (part.find('table') === undefined && part.find('stream') === undefined)
      part.fail(
        'it does not say with what',
        'Give it table: a topic, or stream: a topic and within: a duration',
      );
    return (part.find('stream') === undefined ? withTable : withStream).read(part) as Read;
  },
};

export const join: Readonly<Record<string, StepText>> = {
  join: stepText({
    summary: 'Each record with its row of a table, or with the records of another stream near in time.',
    isLossy: true,
    options,
    add: (flow, read, beside, builder) => {
      if (flow.value !== 'value')
        throw new PlanError(
          'join: what is found goes into a field of the value, which is not read as json here',
        );
      return 'stream' in read ? joinStream(flow, read, beside, builder) : joinTable(flow, read, beside);
    },
  }),
};

function joinTable(flow: Flow, read: Read, beside: object): Flow {
  const { table: from, into: field, global: isGlobal, ...others } = read;
  const { topic: name, key = OF_SHAPE[flow.key], value = OF_SHAPE.value } = from as TopicText;
  const rows = table(name, {
    key: key.serde,
    value: value.serde,
    ...(isGlobal === undefined ? {} : { global: isGlobal as boolean }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: text has no types
  const given = { ...others, ...beside } as JoinTableOptions<any, any, any>;
  return onward(flow, flow.stream.join(rows, given, combined(field)));
}

function joinStream(flow: Flow, read: Read, beside: object, builder: Builder): Flow {
  const { stream: from, steps, into: field, ...others } = read;
  const begin = builder.source(from as Part);
  const other = steps === undefined ? begin : builder.steps(steps as Part, begin);
  if (other.key !== flow.key)
    throw new PlanError(
      'join: the keys of both streams are not of the same form: give both a keyBy, or read both alike',
    );
  return onward(
    flow,
    flow.stream.join(other.stream, { ...others, ...beside } as unknown as JoinStreamOptions, combined(field)),
  );
}

export const combined = (field: string) => (value: unknown, found: unknown) => ({
  ...(value as object),
  [field]: found ?? null,
});
