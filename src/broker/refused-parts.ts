/**
 * RefusedParts: where in an answer the errors are: topic, partition, message. Pure.
 *
 * Every answer of the protocol names things alike: an error code stands beside the partition, whose topic stands around it.
 */
import { type ErrorName, errorNameOf } from '../protocol/index.ts';

export interface RefusedPart {
  readonly code: ErrorName;
  readonly topic: string | undefined;
  readonly topicId: string | undefined;
  readonly partition: number | undefined;
  /** What the answer says in words; clients of old versions do not get it. */
  readonly message: string | undefined;
}

interface Place {
  readonly topic: string | undefined;
  readonly topicId: string | undefined;
}

const TOPIC_RESOURCE = 2;
const NO_TOPIC_ID = '0'.repeat(32);
const NOWHERE: Place = { topic: undefined, topicId: undefined };

/** The first `max` of them. */
export function refusedParts(response: object, max: number): RefusedPart[] {
  const parts: RefusedPart[] = [];
  visit(response as Record<string, unknown>, NOWHERE, parts, max);
  return parts;
}

function visit(node: Record<string, unknown>, around: Place, parts: RefusedPart[], max: number): void {
  const place = placeOf(node, around);
  for (const [name, value] of Object.entries(node)) {
    if (parts.length >= max) return;
    if (typeof value === 'number') {
      if (value !== 0 && /errorCode$/i.test(name)) parts.push(partOf(node, errorNameOf(value), place));
    } else if (Array.isArray(value)) {
      for (const item of value)
        if (typeof item === 'object' && item !== null && !(item instanceof Uint8Array))
          visit(item as Record<string, unknown>, place, parts, max);
    }
  }
}

function placeOf(node: Record<string, unknown>, around: Place): Place {
  const isTopic = node['resourceType'] === undefined || node['resourceType'] === TOPIC_RESOURCE;
  const topic = text(node['topicName']) ?? text(node['topic']) ?? text(node['name']);
  const resource = isTopic ? text(node['resourceName']) : undefined;
  const topicId = text(node['topicId']);
  return {
    topic: topic ?? resource ?? around.topic,
    topicId: topicId === undefined || topicId === NO_TOPIC_ID ? around.topicId : topicId,
  };
}

function partOf(node: Record<string, unknown>, code: ErrorName, place: Place): RefusedPart {
  const partition = node['partitionIndex'] ?? node['partition'] ?? node['index'];
  return {
    code,
    ...place,
    partition: typeof partition === 'number' ? partition : undefined,
    message: text(node['errorMessage']),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
