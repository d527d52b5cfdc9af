/** What a join of two streams can be told, and what follows when it is not. */
import { PlanError } from '../plan-error.ts';
import type { StepNode } from '../plan/node.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import type { JoinKind } from './join-table-options.ts';

export interface JoinStreamOptions<Kind extends JoinKind = JoinKind> {
  readonly as?: string;
  /** How far apart two records may be in event time, either way or each way: `before` and `after` say where the other one may be. */
  readonly within: Duration | { readonly before: Duration; readonly after: Duration };
  /** `left`: a record that met none goes on alone, once none can come any more. Default inner. */
  readonly kind?: Kind;
  /** How much later than the watermark records may come. Default 0. */
  readonly grace?: Duration;
  /** Later than that: what it should have met may be gone. Default dead-letter. */
  readonly onLate?: 'dead-letter' | 'drop';
  /** Why records may be dropped. */
  readonly because?: string;
}

/** `right` is undefined where a left record met none. */
export type CombineStreams = (left: unknown, right: unknown) => unknown;

export interface JoinStreamSettings {
  /** The other one may be so much earlier and later than the left record. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  readonly isLeft: boolean;
  readonly onLate: 'dead-letter' | 'drop';
  readonly combine: CombineStreams;
  readonly shown: Pick<StepNode, 'details' | 'drops' | 'because'> & { readonly state: string };
}

export function joinStreamSettings(options: JoinStreamOptions, combine: CombineStreams): JoinStreamSettings {
  const { within, kind = 'inner', grace = 0, onLate = 'dead-letter' } = options;
  if (within === undefined)
    throw new PlanError(
      "join: two streams are joined within a time: { within: '5m' }; it bounds what is kept",
    );
  const { before, after } = typeof within === 'object' ? within : { before: within, after: within };
  const [beforeMs, afterMs] = [
    durationMs(before, 'join: within.before'),
    durationMs(after, 'join: within.after'),
  ];
  const graceMs = durationMs(grace, 'join: grace');
  const span =
    beforeMs === afterMs
      ? `within ${durationText(beforeMs)}`
      : `the other one from ${durationText(beforeMs)} before to ${durationText(afterMs)} after`;
  return {
    beforeMs,
    afterMs,
    graceMs,
    isLeft: kind === 'left',
    onLate,
    combine,
    shown: {
      details: [
        `${kind}, by key`,
        span,
        ...(graceMs === 0 ? [] : [`grace ${durationText(graceMs)}`]),
        `late: ${onLate}`,
      ],
      state: `records of both streams of ${durationText(Math.max(beforeMs, afterMs) + graceMs)}`,
      drops: [...(kind === 'inner' ? ['what meets none'] : []), ...(onLate === 'drop' ? ['late'] : [])],
      because: options.because,
    },
  };
}
