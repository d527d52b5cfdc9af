/**
 * Kept: what a step keeps of a key, for readers outside the pipeline: read from committed rows, as the step itself laid them down.
 *
 *   window   the windows of the key that are open, in order of their start
 *   join     the row of the table; as of event time: the newest version of it
 */
import type { TableTopic } from '../plan/table.ts';
import { keyText } from '../store/identity.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { StateStore } from '../store/state-store.ts';
import { timeText } from '../store/time-queue.ts';
import type { Versions } from './join-as-of.ts';
import { type OpenWindow, resultOf, windowsCodec } from './open-window.ts';
import type { Windowed } from './window-options.ts';

export type CommittedRows = Pick<StateStore, 'get' | 'keys'>;

export interface Kept {
  /** Undefined: nothing of that key. */
  readonly read: (rows: CommittedRows, step: string, key: unknown) => unknown;
  /** Whose rows they are; undefined: they come of the records of a stream. */
  readonly table: TableTopic<unknown, unknown> | undefined;
}

const TIME_LENGTH = timeText(0).length;

export const keptWindows: Kept = {
  table: undefined,
  read(rows, step, key) {
    const table = `${step}.windows`;
    const found: OpenWindow[] = [...windowsIn(rows.get(table, keyText(key)))]; // sessions
    const prefix = `${keyText(key)}\u0000`;
    for (const row of rows.keys(table, prefix)) {
      if (!row.startsWith(prefix)) break;
      if (row.length === prefix.length + TIME_LENGTH) found.push(...windowsIn(rows.get(table, row)));
    }
    return found.length === 0 ? undefined : found.map((one) => resultOf(one).value as Windowed<unknown>);
  },
};

export function keptRows(table: TableTopic<unknown, unknown>, isAsOf: boolean): Kept {
  return {
    table,
    read(rows, step, key) {
      const bytes = isAsOf
        ? newest(rows.get(`${step}.versions`, keyText(key)))
        : rows.get(`~${step}.rows`, keyText(key));
      return bytes === undefined ? undefined : table.value.parse(bytes);
    },
  };
}

function windowsIn(bytes: Buffer | undefined): readonly OpenWindow[] {
  return bytes === undefined ? [] : windowsCodec.decode(bytes);
}

function newest(bytes: Buffer | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : ((jsonCodec.decode(bytes) as Versions).at(-1)?.[1] ?? undefined);
}
