/** Cases: `tests` of a pipeline's text, as driver/cases.ts runs them. */
import type { Case, CaseInput, CaseOutput, DeadLetterCase } from '../streams/index.ts';
import {
  duration,
  either,
  type Form,
  flag,
  json,
  listOf,
  mapOf,
  object,
  optional,
  required,
  text,
  whole,
} from './form.ts';

const record = {
  topic: optional(text, 'of the input; may be left out when there is one only'),
  key: optional(json),
  value: optional(json, 'texts are written as they are, everything else as JSON'),
  headers: optional(mapOf(text)),
  timestamp: optional(whole, 'milliseconds'),
  partition: optional(whole),
};

const input = either<CaseInput>(
  {
    fits: (part) => part.find('advance') !== undefined,
    form: object({ advance: required(duration, 'the clock moves') }) as Form<CaseInput>,
  },
  {
    fits: (part) => part.find('crash') !== undefined,
    form: object({ crash: required(flag, 'all memory is lost') }) as Form<CaseInput>,
  },
  { fits: () => true, form: object(record) as Form<CaseInput> },
);

const output = object({
  topic: optional(text, 'default: where the pipeline ends'),
  key: optional(json),
  value: optional(json, 'of a mapping, the fields that matter'),
  headers: optional(mapOf(text), 'those that matter'),
  timestamp: optional(whole),
}) as Form<CaseOutput>;

const deadLetter = object({
  reason: optional(text, 'such as unreadable, failed, late, conflict'),
  step: optional(text),
  message: optional(text, 'a part of it'),
  key: optional(json),
  value: optional(json),
}) as Form<DeadLetterCase>;

const answers = either<unknown>(
  { fits: (part) => part.isList, form: listOf(json) },
  { fits: () => true, form: mapOf(json) },
);

const one = object({
  name: required(text, 'what is shown'),
  answers: optional(
    mapOf(answers),
    'of steps that ask outside: name of the step → { question: answer } (null: there is none), or a list of answers in their order; { error: … } for a failure',
  ),
  partitions: optional(mapOf(whole), 'of input topics; default 1'),
  in: required(
    listOf(input),
    'records in the order of writing, { advance: 30s } and { crash: true } between them',
  ),
  out: optional(listOf(output), 'all records that come out, in order'),
  deadLetters: optional(listOf(deadLetter), 'all records that cannot be processed; default none'),
}) as Form<Case>;

/** Each knows where it stands. */
export const cases: Form<readonly Case[]> = {
  ...listOf(one),
  read: (part) => part.items().map((item) => ({ ...one.read(item), site: item.site })),
};
