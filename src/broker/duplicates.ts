/**
 * Duplicates: what a request names more than once. Where order would decide, Kafka refuses all of it. What is only asked about is
 * answered once, where Kafka repeats it: a request of some bytes for each time would have an answer that no memory holds.
 */
export function duplicatesOf(names: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) duplicates.add(name);
    seen.add(name);
  }
  return duplicates;
}

/** Tells of each key whether it comes for the first time. */
export function firsts(): (key: unknown) => boolean {
  const seen = new Set<unknown>();
  return (key) => !seen.has(key) && Boolean(seen.add(key));
}
