/** The ends of a stage: into a topic of the user, into a hop, out of a hop. Here the headers of the pipeline are put on and taken off. */
import { attempt, FAILED } from '../operators/attempt.ts';
import type { MakeOperator, OperatorContext } from '../operators/operator.ts';
import type { RekeyNode, SinkNode } from '../plan/node.ts';
import type { Serde } from '../plan/serde.ts';
import type { RawRecord, StreamRecord } from '../record.ts';
import { provenance, userHeaders } from './headers.ts';

interface Serdes {
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

export function leaveStage(node: SinkNode, by: string): MakeOperator {
  return (context) => ({
    process(record) {
      const bytes = attempt(context, record, (one) => serialised(one, node));
      if (bytes !== FAILED) send(context, record, { topic: node.topic, by, bytes });
    },
  });
}

export function leaveHop(node: RekeyNode, topic: string, by: string): MakeOperator {
  return (context) => ({
    process(record) {
      const bytes = attempt(context, record, (one) => serialised({ ...one, key: node.keyOf(one) }, node));
      if (bytes !== FAILED) send(context, record, { topic, by, bytes });
    },
  });
}

export function enterHop({ key, value }: RekeyNode): MakeOperator {
  return (context) => ({
    process(record) {
      const parsed = attempt(
        context,
        record,
        (one) => ({
          ...one,
          key: key.parse(one.key as Buffer | null),
          value: value.parse(one.value as Buffer | null),
        }),
        'unreadable',
      );
      if (parsed !== FAILED) context.emit(parsed);
    },
  });
}

function serialised(record: StreamRecord, { key, value }: Serdes): RawRecord {
  return { key: key.serialise(record.key), value: value.serialise(record.value) };
}

interface Way {
  readonly topic: string;
  readonly by: string;
  readonly bytes: RawRecord;
}

function send(context: OperatorContext, record: StreamRecord, { topic, by, bytes }: Way): void {
  const { headers: own, timestampMs, source } = record;
  const { key, value } = bytes;
  const last = provenance(source, by);
  const headers = own.length === 0 ? [last] : [...userHeaders(own), last];
  context.send({ topic, key, value, headers, timestampMs });
}
