/**
 * MissingTopic: an input that is not there, or not the one that was read until now. A position in a topic means nothing in another one of the same
 * name: going on from there would pass over its first records in silence.
 */
import { PlanError } from '../streams/index.ts';

/** Whoever makes the topic makes the pipeline run; and it must begin anew. */
export class MissingTopic extends PlanError {}

/** A broker that has just begun may not know it yet: it is asked again. */
export function goneTopic(name: string): Error {
  return new Error(
    `there is no topic '${name}' any more; the pipeline waits for it. If it was deleted: gregor topic create ${name}`,
  );
}

/** That, if it is what the network client says of a topic; else the error itself. */
export function goneOf(error: unknown): unknown {
  const unknown = /^Unknown topic (.+)\.$/.exec(error instanceof Error ? error.message : '');
  return unknown === null ? error : goneTopic(unknown[1]!);
}

/** Which topic each name stands for. */
export class KnownTopics {
  readonly #ids = new Map<string, string>();

  /** Throws MissingTopic where it is another one than before. */
  check(name: string, id: string): void {
    const known = this.#ids.get(name);
    if (known !== undefined && known !== id)
      throw new MissingTopic(
        `'${name}' was deleted and made anew while the pipeline read it. Start the pipeline again: it reads the new one from its start`,
      );
    this.#ids.set(name, id);
  }
}
