/** Transaction settings: the numbers of Kafka's `transaction.*` configs that the mind needs, with Kafka's defaults. */
export interface TransactionSettings {
  /** transaction.max.timeout.ms */
  readonly timeoutMaxMs: number;
  /** transactional.id.expiration.ms */
  readonly idExpirationMs: number;
  /** transaction.two.phase.commit.enable */
  readonly isTwoPhaseCommitEnabled: boolean;
}

export const DEFAULT_TRANSACTION_SETTINGS: TransactionSettings = {
  timeoutMaxMs: 900_000,
  idExpirationMs: 604_800_000,
  isTwoPhaseCommitEnabled: false,
};
