/** reorder: back into order. Three modes, three files; late.ts says what becomes of a record that comes too late. */
import { MembersByReference, MembersInState } from './group-members.ts';
import { HeldByReference } from './held-by-reference.ts';
import { HeldRecords } from './held-records.ts';
import type { MakeOperator } from './operator.ts';
import { ReorderByCompleteness } from './reorder-by-completeness.ts';
import { ReorderByEventTime } from './reorder-by-event-time.ts';
import { ReorderBySequence } from './reorder-by-sequence.ts';
import type { ReorderSettings } from './reorder-options.ts';
import { CacheShelf, StateShelf } from './shelf.ts';

/** What one of them has kept is nothing that another one could read: their tables have different names, also with and without a cache. */
export function reorder(settings: ReorderSettings): MakeOperator {
  return (context) => {
    switch (settings.mode) {
      case 'sequence': {
        const shelf = settings.redis === undefined ? new StateShelf(context) : new CacheShelf(context);
        return new ReorderBySequence(context, settings, shelf);
      }
      case 'event-time': {
        const isInState = settings.redis === undefined;
        const held = isInState
          ? new HeldRecords(context.state.queue, 'by-time')
          : new HeldByReference(context);
        return new ReorderByEventTime(context, settings, held);
      }
      case 'completeness':
        return new ReorderByCompleteness(
          context,
          settings,
          settings.redis === undefined ? new MembersInState(context) : new MembersByReference(context),
        );
    }
  };
}
