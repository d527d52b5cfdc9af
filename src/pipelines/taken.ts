/** Taken: the broker refuses a commit because a newer owner has the task: as usual, when the number of processes changes. */
import { KafkaError } from '../protocol/index.ts';
import { apiErrors } from './kafka/errors.ts';

const NAMES = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH'];

export const TAKEN =
  'another process has taken it over, which is usual when processes come or go; nothing is lost';

export function isTaken(error: unknown): boolean {
  const said = apiErrors(error);
  return NAMES.some((name) => said.has(name) || (error instanceof KafkaError && error.errorName === name));
}
