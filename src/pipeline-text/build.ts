/**
 * Build: a pipeline's text to its plan: the same calls, in the same order, as the TypeScript form makes. Each step knows its line.
 *
 *   text -> Part (part.ts) -> forms (form.ts, steps/) -> Stream -> Pipeline
 */
import {
  type Case,
  type Guarantee,
  type Pipeline,
  type PipelineOptions,
  type PipelineStart,
  PlanError,
  pipeline,
  placed,
  type StateOptions,
} from '../streams/index.ts';
import { cases } from './cases.ts';
import type { Flow } from './flow.ts';
import { duration, either, type Form, object, oneOf, required, text } from './form.ts';
import { Part, type ReadFile } from './part.ts';
import { STEPS } from './steps/index.ts';
import type { Beside, Builder } from './steps/step-text.ts';
import { meant, PipelineTextError } from './text-error.ts';
import { inputTopic, outputTopic } from './topics.ts';

export interface PipelineText {
  readonly pipeline: Pipeline;
  /** What stands under `tests`. */
  readonly tests: readonly Case[];
}

/** Where tasks keep their state, besides the changelog. */
export const stateOptions: Form<StateOptions> = either<StateOptions>(
  {
    fits: (part) => part.find('store')?.json === 'disk',
    form: object({ store: required(oneOf('disk')), folder: required(text) }) as Form<StateOptions>,
  },
  { fits: () => true, form: object({ store: required(oneOf('memory', 'disk')) }) as Form<StateOptions> },
);

export const guarantees = oneOf<Guarantee>('exactly-once', 'at-least-once');

/** Schema and reader know the same names (schema.ts). */
export const TOP = [
  'pipeline',
  'version',
  'commitEvery',
  'deadLetter',
  'guarantee',
  'state',
  'from',
  'eventTime',
  'steps',
  'to',
  'tests',
];
const REQUIRED = {
  pipeline: 'the name of the pipeline',
  from: 'the topic that it reads',
  to: 'the topic that it writes',
};

/** `file` is what messages call it, `read` reads the files that it names. Throws `PipelineTextError`. */
export function pipelineOfText(source: string, file: string, read: ReadFile = noFiles): PipelineText {
  const document = Part.parse(source, file, read);
  if (!document.isMap)
    document.fail(
      `a pipeline is a mapping, not ${document.kind}`,
      'Begin with pipeline: NAME, from: TOPIC, to: TOPIC',
    );
  document.only(TOP, 'entry');
  for (const [name, what] of Object.entries(REQUIRED))
    if (document.find(name) === undefined) document.fail(`'${name}' is missing`, `Add ${name}: ${what}`);
  const name = document.find('pipeline')!;
  const start = planned(name, () => pipeline(text.read(name), optionsOf(document)));
  const builder = new StreamBuilder(start);
  let flow = builder.source(document.find('from')!);
  const time = document.find('eventTime');
  if (time !== undefined) flow = builder.add(time, 'eventTime', time, {}, flow);
  const steps = document.find('steps');
  if (steps !== undefined) flow = builder.steps(steps, flow);
  const to = document.find('to')!;
  const made = planned(to, () => flow.stream.to(outputTopic.read(to)(flow)));
  const tests = document.find('tests');
  return { pipeline: made, tests: tests === undefined ? [] : cases.read(tests) };
}

function noFiles(): never {
  throw new Error('whoever reads the pipeline reads no other files');
}

function optionsOf(document: Part): PipelineOptions {
  const [commitEvery, deadLetter, guarantee, version, state] = [
    'commitEvery',
    'deadLetter',
    'guarantee',
    'version',
    'state',
  ].map((name) => document.find(name));
  return {
    ...(commitEvery === undefined ? {} : { commitEvery: duration.read(commitEvery) }),
    ...(deadLetter === undefined ? {} : { deadLetter: text.read(deadLetter) }),
    ...(guarantee === undefined ? {} : { guarantee: guarantees.read(guarantee) }),
    ...(version === undefined ? {} : { version: String(version.json) }),
    ...(state === undefined ? {} : { state: stateOptions.read(state) }),
  };
}

/** Steps that a text cannot have, and what to write instead. */
const IN_TYPESCRIPT: Readonly<Record<string, string>> = {
  tap: 'Write the pipeline in TypeScript, .tap((record) => …)',
};

/** One pipeline in the making. */
class StreamBuilder implements Builder {
  readonly #start: PipelineStart;

  constructor(start: PipelineStart) {
    this.#start = start;
  }

  source(part: Part): Flow {
    const items = part.isList ? part.items() : [part];
    const flows = items.map((item): Flow & { readonly item: Part } => {
      const { topic, key, value } = inputTopic.read(item);
      return { stream: planned(item, () => this.#start.from(topic)), key, value, item };
    });
    const [first, ...others] = flows;
    if (first === undefined) part.fail('it names no topic', 'Add the topic that the pipeline reads');
    for (const { key, value, item } of others)
      if (key !== first.key || value !== first.value)
        item.fail(
          'its records have another form than those of the first topic',
          'Give all of them the same key and value',
        );
    const merge = (flow: Flow, other: Flow): Flow => ({
      ...flow,
      stream: planned(part, () => flow.stream.merge(other.stream)),
    });
    const { stream, key, value } = others.reduce(merge, first as Flow);
    return { stream, key, value };
  }

  steps(steps: Part, flow: Flow): Flow {
    return steps.items().reduce((before, step) => {
      const names = Object.keys(STEPS);
      if (!step.isMap)
        step.fail(`a step is a name with its options, not ${step.kind}`, 'Such as - keyBy: value.id');
      const members = step.members();
      const own = members.filter(({ name }) => name !== 'as' && name !== 'because');
      const [named, second] = own;
      if (named === undefined) return step.fail('it says no step', `Steps are ${names.join(', ')}`);
      const instead = IN_TYPESCRIPT[named.name];
      if (instead !== undefined)
        step.fail(`'${named.name}' takes a function, which text has not`, instead, named.site);
      if (STEPS[named.name] === undefined)
        step.fail(`there is no step '${named.name}'`, meant(names, named.name), named.site);
      if (second !== undefined)
        step.fail(
          `'${second.name}' stands beside '${named.name}'`,
          `Each step is an item of its own: begin its line with '-'`,
          second.site,
        );
      return this.add(named.part, named.name, step, besideOf(step, named.name), before, named.site);
    }, flow);
  }

  add(part: Part, name: string, step: Part, beside: Beside, flow: Flow, site = step.site): Flow {
    const { options, add } = STEPS[name]!;
    const read = options.read(part);
    return planned(part, () => add(flow, read, beside, this), site, name);
  }
}

function besideOf(step: Part, name: string): Beside {
  const [as, because] = [step.find('as'), step.find('because')];
  if (because !== undefined && !STEPS[name]!.isLossy)
    because.fail(`'${name}' leaves nothing out, so there is nothing to say`, 'Make it a comment');
  return {
    ...(as === undefined ? {} : { as: text.read(as) }),
    ...(because === undefined ? {} : { because: text.read(because) }),
  };
}

/** What the plan refuses is told with its place. */
function planned<T>(part: Part, make: () => T, site = part.site, name = ''): T {
  try {
    return placed(site, make);
  } catch (error) {
    if (!(error instanceof PlanError) || error instanceof PipelineTextError) throw error;
    const own = `${name}: `;
    const { message } = error;
    return part.fail(message.startsWith(own) ? message.slice(own.length) : message, '', site);
  }
}
