/**
 * A figure: one number that Gregor is held to, measured beside its peer in the same run. One file of `figures/` each.
 *
 * A figure opens two sides for a condition; the rig takes samples of them in turn (pairs.ts) and draws ratios.
 */
import type { Tools } from './tools.ts';

/** What one run of one side gave, by measure; the rest (latencies, checks) is kept in the results beside it. */
export type Sample = Readonly<Record<string, number>>;

export interface Side {
  /** What stands in the table: `Gregor`, `Apache Kafka 4.3.1`. */
  readonly name: string;
  /** One run. Throws when the side did not do the same work: a record missing, a request refused. */
  sample(seconds: number): Promise<Sample>;
  close(): Promise<void>;
}

export interface Measure {
  /** Key in the samples. */
  readonly name: string;
  readonly unit: string;
  /** The ratio is ours ÷ peer: at least this, or at most. */
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
  /** A goal for our own value, whatever the peer needs. */
  readonly absolute?: { readonly atMost: number };
}

export interface Condition {
  readonly name: string;
  /** Server on core 0, load on core 1. Otherwise nobody is bound to a core. */
  readonly pinned: boolean;
  /** Of one run; `--seconds` replaces it. */
  readonly seconds: number;
  /** Of the warm-up pair, instead of the figure's. */
  readonly warmUpSeconds?: number;
  /** Where along the axis of a growth curve. */
  readonly size?: number;
  /** Takes long to set up: left out by `--quick`. */
  readonly isLarge?: boolean;
  /** Both sides on a file system of its own, on a disk that takes no more than this. */
  readonly diskMegabytesPerSecond?: number;
  /** Why this machine cannot show it; undefined when it can. */
  readonly missing?: () => string | undefined;
}

export interface Figure {
  readonly id: string;
  readonly title: string;
  /** The first one is the figure; the others are shown by `--every-condition`. */
  readonly conditions: readonly Condition[];
  /** All conditions together are the figure: clients, or sizes, then with what the axis counts. */
  readonly isSeries?: true;
  readonly axis?: string;
  /** Instead of five. */
  readonly pairs?: number;
  /** Of the warm-up pair, each side: a Java machine compiles for long before it is as fast as it gets. */
  readonly warmUpSeconds: number;
  readonly measures: readonly Measure[];
  open(condition: Condition, tools: Tools): Promise<{ readonly ours: Side; readonly peer: Side }>;
}
