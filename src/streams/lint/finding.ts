/** Finding: something in a plan that will hurt, found before it runs: where, why, and what to write instead. */
import type { Site } from '../plan/site.ts';

export type Rule =
  | 'partition-key'
  | 'no-key'
  | 'dead-letter'
  | 'loss'
  | 'name'
  | 'event-time'
  | 'no-topic'
  | 'retention';

export interface Finding {
  readonly rule: Rule;
  /** An error makes results wrong or stops the pipeline; a warning is what people regret later. */
  readonly level: 'error' | 'warning';
  readonly step: string | undefined;
  /** Undefined: of the pipeline as a whole, or nobody can tell. */
  readonly site: Site | undefined;
  readonly reason: string;
  readonly fix: string;
}

/** How fixes are written. */
export type Face = 'typescript' | 'yaml';

/** What a broker says of a topic. */
export interface TopicFacts {
  readonly partitions: number;
  /** How long it keeps records, in milliseconds; Infinity for those that stay. Undefined: by size, or unknown. */
  readonly keepMs: number | undefined;
}

/** What is known of the topics that the pipeline reads and writes; null: there is no such topic. */
export type Facts = ReadonlyMap<string, TopicFacts | null>;
