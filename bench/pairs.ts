/**
 * Pairs: A B A B …, after one warm-up pair. A ratio is drawn within each pair, so that a machine that grows slower or faster
 * meanwhile does so for both; the median of the ratios and their range are the figure.
 *
 * Beside it the ratios of each side's successive runs (A/A): how far apart two runs lie when nothing changed but time. A
 * difference between the sides that is not clearly larger than this says nothing.
 */
import type { Condition, Figure, Measure, Sample, Side } from './figure.ts';
import { type Spread, spread, successiveRatios } from './statistics.ts';

export interface Compared {
  readonly measure: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly peer: Spread;
  /** Ours ÷ peer, pair by pair. */
  readonly ratio: Spread;
  /** Both sides' successive runs against each other; undefined with a single pair. */
  readonly noise: Spread | undefined;
  readonly goal: string;
  readonly isMet: boolean | undefined;
}

export interface Paired {
  readonly figure: string;
  readonly title: string;
  readonly condition: string;
  /** On the axis of a growth curve, and what that counts. */
  readonly size?: number;
  readonly axis?: string;
  readonly seconds: number;
  readonly ours: { readonly name: string; readonly samples: readonly Sample[] };
  readonly peer: { readonly name: string; readonly samples: readonly Sample[] };
  readonly compared: readonly Compared[];
}

export async function measurePairs(
  figure: Figure,
  condition: Condition,
  sides: { readonly ours: Side; readonly peer: Side },
  plan: { pairs: number; seconds: number; warmUpSeconds: number; tell: (line: string) => void },
): Promise<Paired> {
  const { pairs, seconds, tell } = plan;
  const { ours, peer } = sides;
  const samples: { ours: Sample[]; peer: Sample[] } = { ours: [], peer: [] };
  for (let pair = 0; pair <= pairs; pair++) {
    const length = pair === 0 ? plan.warmUpSeconds : seconds;
    const a = await ours.sample(length);
    const b = await peer.sample(length);
    tell(
      `${figure.id} ${condition.name}, ${pair === 0 ? 'warm-up' : `pair ${pair}`}: ` +
        figure.measures
          .map(({ name, unit }) => `${short(a[name]!)} | ${short(b[name]!)} ${unit}`)
          .join('   '),
    );
    if (pair === 0) continue;
    samples.ours.push(a);
    samples.peer.push(b);
  }
  return {
    figure: figure.id,
    title: figure.title,
    condition: condition.name,
    ...(condition.size === undefined ? {} : { size: condition.size }),
    ...(figure.axis === undefined ? {} : { axis: figure.axis }),
    seconds,
    ours: { name: ours.name, samples: samples.ours },
    peer: { name: peer.name, samples: samples.peer },
    compared: figure.measures.map((measure) => compare(measure, samples.ours, samples.peer)),
  };
}

function compare(measure: Measure, a: readonly Sample[], b: readonly Sample[]): Compared {
  const ours = a.map((sample) => sample[measure.name]!);
  const peer = b.map((sample) => sample[measure.name]!);
  const ratio = spread(ours.map((value, index) => value / peer[index]!));
  const same = [...successiveRatios(ours), ...successiveRatios(peer)];
  return {
    measure: measure.name,
    unit: measure.unit,
    ours: spread(ours),
    peer: spread(peer),
    ratio,
    noise: same.length === 0 ? undefined : spread(same),
    ...judged(measure, ratio.median, spread(ours).median),
  };
}

function judged(
  { goal, absolute, unit }: Measure,
  ratio: number,
  ours: number,
): { readonly goal: string; readonly isMet: boolean | undefined } {
  const texts: string[] = [];
  let isMet: boolean | undefined;
  if (goal !== undefined) {
    const atLeast = 'atLeast' in goal;
    const bound = atLeast ? goal.atLeast : goal.atMost;
    texts.push(`${atLeast ? '≥' : '≤'} ${short(bound)}×`);
    isMet = atLeast ? ratio >= bound : ratio <= bound;
  }
  if (absolute !== undefined) {
    texts.push(`≤ ${absolute.atMost} ${unit}`);
    isMet = (isMet ?? true) && ours <= absolute.atMost;
  }
  return { goal: texts.join(', '), isMet };
}

/** Three digits that matter; a dash for what is no number, such as a ratio to 0. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
