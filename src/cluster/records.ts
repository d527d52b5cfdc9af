/**
 * Records of the metadata log, as the image takes them; on disk they are Kafka's own (`kafka-dump-log` reads them).
 */
import { assert } from '../base/index.ts';
import { decodeMetadataRecord as decode, encodeMetadataRecord as encode } from '../protocol/index.ts';

export type ConfigResource = 'topic' | 'broker' | 'group';

export type MetadataRecord =
  | { readonly kind: 'topic'; readonly topicId: string; readonly name: string }
  | {
      readonly kind: 'partition';
      readonly topicId: string;
      readonly partition: number;
      readonly leader: number;
    }
  | { readonly kind: 'remove-topic'; readonly topicId: string }
  | {
      readonly kind: 'config';
      readonly resourceType: ConfigResource;
      readonly resourceName: string;
      readonly name: string;
      /** null: back to what it inherits. */
      readonly value: string | null;
    }
  /** The first producer id that is not handed out yet. */
  | { readonly kind: 'producer-ids'; readonly nextProducerId: number };

/** Numbers of resource types on the wire and in records. */
export const RESOURCE_TYPES: Readonly<Record<ConfigResource, number>> = { topic: 2, broker: 4, group: 32 };

export function encodeMetadataRecord(record: MetadataRecord): Buffer {
  switch (record.kind) {
    case 'topic':
      return encode('topic', { topicId: record.topicId, name: record.name });
    case 'partition': {
      const replicas = [record.leader];
      const { topicId, partition: partitionId, leader } = record;
      return encode(
        'partition',
        { topicId, partitionId, replicas, isr: replicas, leader, leaderEpoch: 0, partitionEpoch: 0 },
        0,
      );
    }
    case 'remove-topic':
      return encode('removeTopic', { topicId: record.topicId });
    case 'config': {
      const { resourceName, name, value } = record;
      return encode('config', {
        resourceType: RESOURCE_TYPES[record.resourceType],
        resourceName,
        name,
        value,
      });
    }
    case 'producer-ids':
      return encode('producerIds', { brokerId: 1, brokerEpoch: 0, nextProducerId: record.nextProducerId });
  }
}

export function decodeMetadataRecord(bytes: Buffer): MetadataRecord {
  const record = decode(bytes);
  assert(record !== undefined, 'the metadata log holds a record of a type that this version does not know');
  switch (record.type) {
    case 'topic':
      return { kind: 'topic', topicId: record.value.topicId, name: record.value.name };
    case 'partition': {
      const { topicId, partitionId: partition, leader } = record.value;
      return { kind: 'partition', topicId, partition, leader };
    }
    case 'removeTopic':
      return { kind: 'remove-topic', topicId: record.value.topicId };
    case 'config': {
      const { resourceType, resourceName, name, value } = record.value;
      const found = Object.entries(RESOURCE_TYPES).find(([, number]) => number === resourceType);
      assert(found !== undefined, () => `a setting of resource type ${resourceType} in the metadata log`);
      return { kind: 'config', resourceType: found[0] as ConfigResource, resourceName, name, value };
    }
    case 'producerIds':
      return { kind: 'producer-ids', nextProducerId: record.value.nextProducerId };
    default:
      assert(false, () => `the metadata log holds a ${record.type} record, which is never written here`);
  }
}
