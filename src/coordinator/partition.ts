/** Coordinator partition: what a coordinator needs of the log partition that holds its memory. The partition room implements it. */
export interface CoordinatorPartition {
  readonly index: number;
  /**
   * Takes the batch's place in the log at once, in the order of the calls; `durable` resolves when it cannot be lost
   * any more and rejects with a KafkaError when it may be. Throws a KafkaError when it takes nothing.
   */
  append(batch: Buffer): { readonly durable: Promise<void> };
  /** All batches from the start of the log to its end, in order; each call brings whole batches, valid during the call. */
  readAll(onBatches: (bytes: Buffer) => void): Promise<void>;
}
