/** The error for a payload out of which more would come than is allowed. */
import { KafkaError } from '../errors.ts';

export function tooLarge(limitBytes: number): KafkaError {
  return new KafkaError(
    'MESSAGE_TOO_LARGE',
    `the records of a batch take more than ${limitBytes} bytes when they are decompressed: send smaller batches`,
  );
}
