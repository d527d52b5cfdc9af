/** StepText: what one kind of step can say in text, and what it adds to the stream: an entry of the table in index.ts. */
import type { Stream } from '../../streams/index.ts';
import type { Flow } from '../flow.ts';
import type { Form } from '../form.ts';
import type { Part } from '../part.ts';

/** What stands beside the step's own name. */
export interface Beside {
  readonly as?: string;
  readonly because?: string;
}

/** For steps that hold other steps, or another stream. */
export interface Builder {
  steps(steps: Part, flow: Flow): Flow;
  /** As `from` stands at the top. */
  source(from: Part): Flow;
}

export interface StepText {
  /** For people and their editors: one sentence. */
  readonly summary: string;
  /** It leaves records out, so it can say why. */
  readonly isLossy: boolean;
  readonly options: Form<unknown>;
  add(flow: Flow, options: unknown, beside: Beside, build: Builder): Flow;
}

/** Ties the options' type together, and hides it from the table. */
export function stepText<O>(entry: {
  readonly summary: string;
  readonly isLossy?: boolean;
  readonly options: Form<O>;
  readonly add: (flow: Flow, options: O, beside: Beside, build: Builder) => Flow;
}): StepText {
  const { summary, isLossy = false, options, add } = entry;
  return {
    summary,
    isLossy,
    options,
    add: (flow, read, beside, build) => add(flow, read as O, beside, build),
  };
}

export function onward(flow: Flow, stream: Stream<never, never> | Flow['stream']): Flow {
  return { ...flow, stream: stream as Flow['stream'] };
}

/** They are built when the stream before them is known. */
export const stepsLater: Form<Part> = {
  schema: { $ref: '#/definitions/steps' },
  what: 'a list of steps',
  read: (part) => part,
};
