/** What a join with a table can be told, and what follows when it is not. Wrong combinations are refused here, with the reason. */
import { PlanError } from '../plan-error.ts';
import type { StepNode } from '../plan/node.ts';
import type { TableTopic } from '../plan/table.ts';
import type { StreamRecord } from '../record.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';

export type JoinKind = 'inner' | 'left';

export interface JoinTableOptions<K, V, L, Kind extends JoinKind = JoinKind> {
  readonly as?: string;
  /** `left`: records without a row go on as well. Default inner. */
  readonly kind?: Kind;
  /** The row's key, of a global table; null or undefined: there is no row. Default: the record's key. */
  readonly on?: (record: StreamRecord<K, V>) => L | null | undefined;
  /** What an inner join does with a record that has no row. Default drop (counted). */
  readonly onMissing?: 'drop' | 'dead-letter';
  /** Why records may be dropped. */
  readonly because?: string;
  /** The row as it was at the record's event time, instead of as it is when the record is read. */
  readonly asOf?: 'event-time';
  /** How long a record waits for rows that come late, by the watermark. Default 0: it goes on at once. */
  readonly grace?: Duration;
  /** How far back rows are known, by the watermark. */
  readonly keepVersions?: Duration;
  /** Older than `keepVersions`: nobody can say any more what the row was. Default dead-letter. */
  readonly onLate?: 'dead-letter' | 'drop';
}

/** `row` is undefined in a left join that found none. */
export type Combine = (value: unknown, row: unknown, record: StreamRecord) => unknown;

export interface JoinTableSettings {
  readonly table: TableTopic<unknown, unknown>;
  readonly on: (record: StreamRecord) => unknown;
  readonly isLeft: boolean;
  readonly onMissing: 'drop' | 'dead-letter';
  /** Undefined: as it is when the record is read. */
  readonly asOf: AsOfSettings | undefined;
  readonly combine: Combine;
  readonly shown: Pick<StepNode, 'details' | 'state' | 'drops' | 'because' | 'isByEventTime'>;
}

export interface AsOfSettings {
  readonly graceMs: number;
  readonly keepMs: number;
  readonly onLate: 'dead-letter' | 'drop';
}

export function joinTableSettings(
  table: TableTopic<unknown, unknown>,
  options: JoinTableOptions<unknown, unknown, unknown>,
  combine: Combine,
): JoinTableSettings {
  const { kind = 'inner', on, onMissing } = options;
  if (on !== undefined && table.table !== 'global')
    throw new PlanError(
      `join: each task has only its own part of '${table.name}', found by the record's key: write keyBy(…) before the join instead of 'on', or table('${table.name}', { global: true })`,
    );
  if (kind === 'left' && onMissing !== undefined)
    throw new PlanError(
      "join: onMissing has no meaning with kind 'left', where a record without a row goes on",
    );
  const asOf = asOfSettings(options);
  return {
    table,
    on: on ?? ((record) => record.key),
    isLeft: kind === 'left',
    onMissing: onMissing ?? 'drop',
    asOf,
    combine,
    shown: {
      details: [
        `${table.table} table ${table.name}`,
        `${kind}, by ${on === undefined ? 'key' : 'an expression'}`,
        asOf === undefined
          ? 'as it is when the record is read'
          : `as of event time${asOf.graceMs === 0 ? '' : `, held ${durationText(asOf.graceMs)}`}`,
      ],
      drops: [
        ...(kind === 'inner' && onMissing !== 'dead-letter' ? ['what has no row'] : []),
        ...(asOf?.onLate === 'drop' ? ['late'] : []),
      ],
      because: options.because,
      isByEventTime: asOf !== undefined,
      state:
        asOf === undefined ? undefined : `versions of rows of ${durationText(asOf.keepMs)}, held records`,
    },
  };
}

function asOfSettings(options: JoinTableOptions<unknown, unknown, unknown>): AsOfSettings | undefined {
  if (options.asOf === undefined) {
    for (const name of ['grace', 'keepVersions', 'onLate'] as const)
      if (options[name] !== undefined)
        throw new PlanError(`join: ${name} has a meaning only with asOf: 'event-time'`);
    return undefined;
  }
  const { grace = 0, keepVersions, onLate = 'dead-letter' } = options;
  if (keepVersions === undefined)
    throw new PlanError(
      "join: asOf needs keepVersions, how far back a record may look, such as '24h': it bounds what is kept",
    );
  const graceMs = durationMs(grace, 'join: grace');
  const keepMs = durationMs(keepVersions, 'join: keepVersions');
  if (keepMs < graceMs)
    throw new PlanError(
      'join: keepVersions is shorter than grace: a record would wait until its row is gone',
    );
  return { graceMs, keepMs, onLate };
}
