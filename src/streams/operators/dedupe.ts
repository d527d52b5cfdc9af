/**
 * dedupe: each business event once.
 *
 *   id seen?   no ---------------------> remember it, let it pass
 *              yes, same content ------> a duplicate: drop, mark or dead-letter
 *              yes, other content -----> a conflict: dead-letter, pass or drop
 *   too old for the window ------------> late: nobody can say any more
 *
 *   D1  the id is remembered in the same commit as the output, so no crash lets a duplicate through or loses the first one
 *   D2  an id is forgotten when the watermark (or the wall clock) reaches its time + window.time, or when it is the oldest
 *       of more than window.count; of two ids of the same time the lower text goes first
 *   D3  with the event clock all this is a function of the input alone, as long as no partition was idle
 */
import { sourceText, type StreamRecord, withHeader } from '../record.ts';
import { contentHash } from '../store/identity.ts';
import { attempt, FAILED } from './attempt.ts';
import type { DedupeSettings } from './dedupe-options.ts';
import { DedupeLast } from './dedupe-last.ts';
import type { MakeOperator, Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';
import { IdsInState, IdsOutside, type Seen, type SeenIds } from './seen-ids.ts';

export const DUPLICATE_HEADER = 'x-duplicate-of';

export function dedupe(settings: DedupeSettings): MakeOperator {
  return (context) =>
    settings.keep === 'last' ? new DedupeLast(context, settings) : new DedupeFirst(context, settings);
}

class DedupeFirst implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: DedupeSettings;
  readonly #ids: SeenIds;

  constructor(context: OperatorContext, settings: DedupeSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#ids =
      settings.redis === undefined
        ? new IdsInState(context, settings.count)
        : new IdsOutside(context, settings);
  }

  process(record: StreamRecord): void {
    const id = attempt(this.#context, record, this.#settings.identify, 'invalid');
    if (id === FAILED) return;
    this.advance();
    const { isEventTime, timeMs, onLate } = this.#settings;
    const atMs = isEventTime ? record.timestampMs : this.#context.time.wallMs;
    if (atMs + timeMs <= this.#nowMs()) {
      const message = 'older than the window in which ids are remembered';
      if (onLate === 'pass') this.#context.emit(record);
      else refuse(this.#context, record, { how: onLate, reason: 'late', message });
      return;
    }
    this.#ids.look(id, this.#nowMs() - timeMs, (seen) => {
      if (seen === undefined) this.#first(record, id, atMs);
      else this.#again(record, id, { seen, atMs });
    });
  }

  advance(): void {
    this.#ids.forget(this.#nowMs() - this.#settings.timeMs);
  }

  #nowMs(): number {
    const { watermarkMs, wallMs } = this.#context.time;
    return this.#settings.isEventTime ? watermarkMs : wallMs;
  }

  #first(record: StreamRecord, id: string, atMs: number): void {
    const content = this.#content(record);
    if (content === FAILED) return;
    this.#ids.put(id, { atMs, content, source: sourceText(record.source) });
    this.#context.emit(record);
  }

  #again(record: StreamRecord, id: string, { seen, atMs }: { seen: Seen; atMs: number }): void {
    const content = this.#content(record);
    if (content === FAILED) return;
    const { onConflict, onDuplicate, refreshes } = this.#settings;
    if (content !== seen.content) {
      const message = `it has the id of ${seen.source}, and other content`;
      if (onConflict === 'pass') this.#context.emit(record);
      else refuse(this.#context, record, { how: onConflict, reason: 'conflict', message });
      return;
    }
    if (refreshes && atMs > seen.atMs) this.#ids.put(id, { ...seen, atMs });
    const message = `the same as ${seen.source}`;
    if (onDuplicate === 'mark') this.#context.emit(withHeader(record, DUPLICATE_HEADER, seen.source));
    else refuse(this.#context, record, { how: onDuplicate, reason: 'duplicate', message });
  }

  /** Whoever treats conflicts as duplicates needs no hash. */
  #content(record: StreamRecord): string | typeof FAILED {
    if (this.#settings.onConflict === 'drop') return '';
    return attempt(this.#context, record, (one) => contentHash(this.#settings.contentOf(one)));
  }
}
