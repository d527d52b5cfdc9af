/** What a topic refuses for good: trying again would be refused again, for ever. */
import { PipelineFailed } from '../streams/index.ts';

/** Kafka's names of errors that are about the records, not about the moment. */
const FOR_GOOD = new Set([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
]);

/** Undefined: it may be accepted another time. `places`: `topic, partition n`. */
export function refusedOutput(
  names: Iterable<string>,
  place: string,
  message: string,
): PipelineFailed | undefined {
  for (const name of names)
    if (FOR_GOOD.has(name))
      return new PipelineFailed(
        `${place} refuses what the pipeline writes: ${message}. ` +
          'Nothing of it is committed. Change the step that makes the record, or what the topic asks for, and run it again',
      );
  return undefined;
}
