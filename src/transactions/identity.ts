/** ProducerIdentity: who a producer is: its id, and which of its incarnations. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The mind needs an id that nobody ever had; the runtime gets one and asks again. */
export class NeedsProducerId extends Error {
  override readonly name = 'NeedsProducerId';
}
