/** window: one aggregate for each key and window of event time: how many records, or the sum of a number in them. */
import { PlanError, type WindowOptions, type WindowSpec } from '../../streams/index.ts';
import { expression } from '../expression.ts';
import { duration, object, oneOf, optional } from '../form.ts';
import { onward, type StepText, stepText } from './step-text.ts';

const SHAPES = ['tumbling', 'hopping', 'session'] as const;

export const window: Readonly<Record<string, StepText>> = {
  window: stepText({
    summary: 'One aggregate for each key and window: its value is { startMs, endMs, value }.',
    isLossy: true,
    options: object({
      tumbling: optional(duration, 'side by side, of this length'),
      hopping: optional(duration, 'of this length, a new one every so often (every)'),
      every: optional(duration, 'with hopping'),
      session: optional(duration, 'records with less than this between them'),
      aggregate: optional(oneOf('count'), 'how many records; or use sum'),
      sum: optional(expression, 'a number in each record'),
      grace: optional(duration, 'how long a window waits for late records; default 0'),
      emit: optional(oneOf('on-close', 'on-update'), 'one result, or one for every record; default on-close'),
      onLate: optional(
        oneOf('dead-letter', 'drop'),
        'a record whose windows are all closed; default dead-letter',
      ),
    }),
    add: (flow, { tumbling, hopping, every, session, aggregate, sum, ...options }, beside) => {
      const given = { tumbling, hopping, session };
      const shapes = SHAPES.filter((name) => given[name] !== undefined);
      if (shapes.length !== 1) throw new PlanError('window: say one of tumbling, hopping and session');
      if ((hopping === undefined) !== (every === undefined))
        throw new PlanError(
          'window: hopping and every belong together: a new window of that length every so often',
        );
      if ((aggregate === undefined) === (sum === undefined))
        throw new PlanError('window: say what of: aggregate: count, or sum: a number in each record');
      const spec = hopping === undefined ? given : { hopping, every };
      const windowing = flow.stream.window(
        onlyGiven(spec) as WindowSpec,
        { ...options, ...beside } as WindowOptions,
      );
      const stream = sum === undefined ? windowing.count() : windowing.sum(sum);
      return { ...onward(flow, stream as never), value: 'value' };
    },
  }),
};

function onlyGiven(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
