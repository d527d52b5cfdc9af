/**
 * Pipeline: a finished plan: its settings and its sinks, from which all steps can be reached. Immutable; running it,
 * testing it and printing it are other people's work.
 */
import { Driver, type DriverOptions } from '../driver/driver.ts';
import type { Duration } from '../time/duration.ts';
import { describe } from './describe.ts';
import { type Layout, layout } from './layout.ts';
import type { SinkNode } from './node.ts';

export interface PipelineOptions {
  /** How long work is gathered before it is committed; also what it adds to the latency. Default 200ms. */
  readonly commitEvery?: Duration;
  /** Where records go that cannot be processed; default `dlq.<pipeline>`. */
  readonly deadLetter?: string;
  /**
   * 'at-least-once': outputs go out as soon as they are made, outside of the transaction that commits state and input offsets once all of
   * them are acknowledged. Readers need not wait for commits; after a crash, what was written since the last one is written again, by the
   * records that are read again. Default 'exactly-once'.
   */
  readonly guarantee?: Guarantee;
  /**
   * Where tasks keep their state, besides the changelog. On disk: keys in memory, values in a folder for each task, and a start
   * reads only what is new in the changelog. Each process needs a folder of its own. Default memory.
   */
  readonly state?: StateOptions;
  /** Stands in the provenance header of every output. Default '1'. */
  readonly version?: string;
}

export type Guarantee = 'exactly-once' | 'at-least-once';

export type StateOptions = { readonly store: 'memory' } | { readonly store: 'disk'; readonly folder: string };

export interface PipelineSettings {
  readonly name: string;
  readonly commitEveryMs: number;
  readonly deadLetterTopic: string;
  readonly guarantee: Guarantee;
  /** By the user; else the pipeline chose its name. */
  readonly isDeadLetterNamed: boolean;
  readonly version: string;
  readonly state: StateOptions;
}

export interface Pipeline {
  readonly settings: PipelineSettings;
  readonly sinks: readonly SinkNode[];
  readonly layout: Layout;
  /** For people: the graph, repartitions, state, guarantee. */
  plan(): string;
  /** Runs it here and now, without a broker, under a clock that the test moves. */
  test(options?: DriverOptions): Driver;
}

export function finish(settings: PipelineSettings, sinks: readonly SinkNode[]): Pipeline {
  const places = layout(settings, sinks);
  return Object.freeze({
    settings,
    sinks: Object.freeze([...sinks]),
    layout: places,
    plan: () => describe(places),
    test: (options?: DriverOptions) => new Driver(places, options),
  });
}
