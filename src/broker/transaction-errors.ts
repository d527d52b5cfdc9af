/** Codes that a transaction's coordinator gives, as the versions of the clients' requests know them. */
import { ERRORS } from '../protocol/index.ts';

const [PRODUCER_FENCED] = ERRORS.PRODUCER_FENCED;
const [INVALID_PRODUCER_EPOCH] = ERRORS.INVALID_PRODUCER_EPOCH;
const [CONCURRENT_TRANSACTIONS] = ERRORS.CONCURRENT_TRANSACTIONS;
const [NOT_ENOUGH_REPLICAS] = ERRORS.NOT_ENOUGH_REPLICAS;
const UNREACHABLE: ReadonlySet<number> = new Set([
  ERRORS.COORDINATOR_LOAD_IN_PROGRESS[0],
  ERRORS.COORDINATOR_NOT_AVAILABLE[0],
  ERRORS.NOT_COORDINATOR[0],
]);

/** PRODUCER_FENCED came with KIP-588: who is older knows only the epoch. */
export function fencedCode(code: number, knowsFenced: boolean): number {
  return code === PRODUCER_FENCED && !knowsFenced ? INVALID_PRODUCER_EPOCH : code;
}

/** For a batch: Produce never says PRODUCER_FENCED, and its clients try again what they know from replication. */
export function produceCode(code: number, knowsConcurrent: boolean): number {
  if (code === PRODUCER_FENCED) return INVALID_PRODUCER_EPOCH;
  if (UNREACHABLE.has(code)) return NOT_ENOUGH_REPLICAS;
  return code === CONCURRENT_TRANSACTIONS && !knowsConcurrent ? NOT_ENOUGH_REPLICAS : code;
}

/** For offsets in a transaction: what the clients of TxnOffsetCommit know. */
export function offsetCode(code: number): number {
  if (code === PRODUCER_FENCED) return INVALID_PRODUCER_EPOCH;
  return UNREACHABLE.has(code) ? ERRORS.COORDINATOR_NOT_AVAILABLE[0] : code;
}
