/** Duplicates: what a request names more than once; Kafka refuses all of it where order would decide. */
export function duplicatesOf(names: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) duplicates.add(name);
    seen.add(name);
  }
  return duplicates;
}
