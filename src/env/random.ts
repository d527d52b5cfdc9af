/** Random: chance, so that one seed can decide it. Not for secrets. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
  /** A random (version 4) UUID as 32 hexadecimal digits; never one of Kafka's reserved ids. */
  uuid(): string;
  /** An independent source whose numbers do not depend on how often this one is used afterwards. */
  fork(name: string): Random;
}
