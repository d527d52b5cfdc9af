/** What a broker said, wherever the library nested it (retries, responses, partitions). */
interface LibraryError extends Error {
  readonly errors?: readonly unknown[];
  readonly apiId?: string;
}

/** Kafka's names of all that was answered. */
export function apiErrors(error: unknown): Set<string> {
  const names = new Set<string>();
  collect(error, names);
  return names;
}

function collect(error: unknown, names: Set<string>): void {
  if (!(error instanceof Error)) return;
  const { apiId, errors = [], cause } = error as LibraryError;
  if (apiId !== undefined) names.add(apiId);
  for (const one of [...errors, cause]) collect(one, names);
}
