/**
 * Features: what the cluster as a whole has agreed on (`kafka-features`), as ApiVersions tells it. Clients look at these
 * where a list of API versions does not say enough.
 *
 *   group.version = 1   the consumer group protocol (KIP-848)
 *   transaction.version = 2   the epoch rises with every transaction (KIP-890)
 */
export interface Feature {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export const FEATURES: readonly Feature[] = [
  { name: 'group.version', minVersion: 0, maxVersion: 1 },
  { name: 'transaction.version', minVersion: 0, maxVersion: 2 },
];

/** All at their newest level: one broker has nobody to wait for. */
export const FINALIZED_FEATURES = FEATURES.map(({ name, maxVersion }) => ({
  name,
  maxVersionLevel: maxVersion,
  minVersionLevel: maxVersion,
}));
