/** branch: parts the stream. Each branch has a condition, steps of its own, and a topic; what met none goes on. */
import type { Pipeline, Topic } from '../../streams/index.ts';
import { type Apply, condition } from '../expression.ts';
import type { AnyStream, Flow } from '../flow.ts';
import { type Form, mapOf, object, optional, required } from '../form.ts';
import type { Part } from '../part.ts';
import { outputTopic } from '../topics.ts';
import { named } from './stateless.ts';
import { onward, type StepText, stepsLater, stepText } from './step-text.ts';

interface Branch {
  readonly when: Apply<boolean>;
  readonly steps?: Part;
  readonly to: (flow: Flow) => Topic<unknown, unknown>;
}

const branches = mapOf(
  object({
    when: required(condition, 'a record takes the first branch whose condition is true'),
    steps: optional(stepsLater),
    to: required(outputTopic, 'where the branch ends'),
  }) as Form<Branch>,
);

export const branch: Readonly<Record<string, StepText>> = {
  branch: stepText({
    summary: 'Parts the stream: each branch ends in a topic of its own, what met no condition goes on.',
    options: branches,
    add: (flow, read, { as }, build) => {
      const conditions = Object.fromEntries(Object.entries(read).map(([name, { when }]) => [name, when]));
      const use = (streams: Readonly<Record<string, AnyStream>>): Pipeline[] =>
        Object.entries(read).map(([name, { steps, to }]) => {
          const begin = { ...flow, stream: streams[name]! };
          const end = steps === undefined ? begin : build.steps(steps, begin);
          return end.stream.to(to(end));
        });
      return onward(flow, flow.stream.branch(conditions, use, named(as)));
    },
  }),
};
