/**
 * State that no step has a place for: its step was taken out of the pipeline, has another name, or is of another kind now. Nothing of it is
 * deleted, and it is told at every start: records that were held in it have been read, and come out only of a step like the one before.
 */
import type { EventSink } from '../base/index.ts';
import { isDerived } from '../streams/index.ts';

export function tellLeftState(
  events: EventSink | undefined,
  { task, changelog }: { readonly task: string; readonly changelog: string },
  left: ReadonlyMap<string, number>,
): void {
  const steps = new Map<string, number>();
  for (const [table, rows] of left) {
    const at = table.lastIndexOf('.');
    if (at < 0 || isDerived(table)) continue;
    const step = table.slice(0, at);
    steps.set(step, (steps.get(step) ?? 0) + rows);
  }
  for (const [step, rows] of steps)
    events?.('warn', 'pipeline.state.left', {
      task,
      step,
      message:
        `${rows} rows of it are in ${changelog}, and the pipeline has no such step now, or one that keeps other things. ` +
        'They stay there: a step like it, with that name, goes on with them, and lets go what it held',
    });
}
