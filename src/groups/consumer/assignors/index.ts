/** The assignors by the names that groups choose them by (`group.consumer.assignors`). */
import type { Assignor } from './assignor.ts';
import { range } from './range.ts';
import { uniform } from './uniform.ts';

export type { AssignedMember, AssignmentQuestion, Assignor } from './assignor.ts';

export const ASSIGNORS = { uniform, range } as const satisfies Record<string, Assignor>;
export type AssignorName = keyof typeof ASSIGNORS;
