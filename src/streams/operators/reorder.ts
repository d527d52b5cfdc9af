/** reorder: back into order. Three modes, three files; late.ts says what becomes of a record that comes too late. */
import type { MakeOperator } from './operator.ts';
import { ReorderByCompleteness } from './reorder-by-completeness.ts';
import { ReorderByEventTime } from './reorder-by-event-time.ts';
import { ReorderBySequence } from './reorder-by-sequence.ts';
import type { ReorderSettings } from './reorder-options.ts';

export function reorder(settings: ReorderSettings): MakeOperator {
  return (context) => {
    switch (settings.mode) {
      case 'sequence':
        return new ReorderBySequence(context, settings);
      case 'event-time':
        return new ReorderByEventTime(context, settings);
      case 'completeness':
        return new ReorderByCompleteness(context, settings);
    }
  };
}
