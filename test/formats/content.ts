/** What the folders of test/formats hold, whatever their format. */
export const CONTENT = {
  topic: 'kept',
  /** Records of partition 0 that a clean stop brought into segments, then those that only the journal has. */
  inSegments: 40,
  inJournal: 25,
  producerId: 4711,
  /** From format 2 on: records of a transaction that was aborted in each of the two lives, and one that was not. */
  undone: 'undone',
  kept: (life: number) => `kept in life ${life}`,
  timestamp: 1_700_000_000_000,
  value: (n: number) => `value ${n} ${'v'.repeat(n)}`,
} as const;
