/**
 * Share: partition n of every topic goes to the same member, so a task finds all its inputs in one place. Only who reads a topic gets
 * partitions of it: what went to another one would never be read.
 */

/** The name of the assignment, for the group. Members of another one are not let in together. */
export const ASSIGNMENT = 'gregor-pipeline';

/** `members`: id -> the topics that it reads. Answers id -> topic -> partitions. */
export function shareOut(
  members: ReadonlyMap<string, readonly string[]>,
  countOf: (topic: string) => number,
): Map<string, Map<string, number[]>> {
  const ids = [...members.keys()].sort();
  const shares = new Map(ids.map((id): [string, Map<string, number[]>] => [id, new Map()]));
  for (const topic of new Set([...members.values()].flat())) {
    const readers = ids.filter((id) => members.get(id)!.includes(topic));
    const partitions = Array.from({ length: countOf(topic) }, (_, partition) => partition);
    for (const [n, id] of readers.entries())
      shares.get(id)!.set(
        topic,
        partitions.filter((partition) => partition % readers.length === n),
      );
  }
  return shares;
}

/** They read different topics: two pipelines have one name, or two versions of one run side by side. */
export function areDifferent(members: ReadonlyMap<string, readonly string[]>): boolean {
  const told = [...members.values()].map((topics) => [...new Set(topics)].sort().join(' '));
  return new Set(told).size > 1;
}
