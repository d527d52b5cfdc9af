/** Share: partition n of every topic goes to the same member, so a task finds all its inputs in one place. */
export function shareOf(partitionCount: number, nth: number, members: number): number[] {
  return Array.from({ length: partitionCount }, (_, partition) => partition).filter(
    (partition) => partition % members === nth,
  );
}

/** The name of the assignment, for the group. Members of another one are not let in together. */
export const ASSIGNMENT = 'gregor-pipeline';
