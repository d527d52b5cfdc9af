/**
 * Metadata records: what `__cluster_metadata` holds. They have no key; the value says what it is:
 *
 *   frame version uvarint (1) · type uvarint · version uvarint · fields
 */
import { ByteReader, ByteWriter, MalformedMessage } from '../bytes.ts';
import {
  type Infer,
  type Input,
  type Message,
  array,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  uuid,
} from '../schema.ts';

export const topicRecord = message(
  { name: 'TopicRecord', versions: '0', flexible: '0+' },
  {
    name: string(),
    topicId: uuid(),
  },
);
export type TopicRecord = Infer<typeof topicRecord>;

export const partitionRecord = message(
  { name: 'PartitionRecord', versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    replicas: array(int32()), // in the order of preference
    isr: array(int32()),
    removingReplicas: array(int32()),
    addingReplicas: array(int32()),
    leader: int32({ default: -1 }), // -1: none
    leaderRecoveryState: int8({ tag: 0 }), // 1: recovering from an unclean election
    leaderEpoch: int32({ default: -1 }),
    partitionEpoch: int32({ default: -1 }),
    directories: array(uuid(), { versions: '1+' }),
    eligibleLeaderReplicas: array(int32(), { versions: '2+', nullable: '2+', tag: 1, default: null }),
    lastKnownElr: array(int32(), { versions: '2+', nullable: '2+', tag: 2, default: null }),
  },
);
export type PartitionRecord = Infer<typeof partitionRecord>;

export const configRecord = message(
  { name: 'ConfigRecord', versions: '0', flexible: '0+' },
  {
    resourceType: int8(), // as in messages/describe-configs.ts
    resourceName: string(),
    name: string(),
    value: string({ nullable: '0+' }), // null: removed
  },
);
export type ConfigRecord = Infer<typeof configRecord>;

export const partitionChangeRecord = message(
  { name: 'PartitionChangeRecord', versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    isr: array(int32(), { nullable: '0+', tag: 0, default: null }), // null, here and below: unchanged
    leader: int32({ tag: 1, default: -2 }), // -1: none now, -2: unchanged
    replicas: array(int32(), { nullable: '0+', tag: 2, default: null }),
    removingReplicas: array(int32(), { nullable: '0+', tag: 3, default: null }),
    addingReplicas: array(int32(), { nullable: '0+', tag: 4, default: null }),
    leaderRecoveryState: int8({ tag: 5, default: -1 }), // -1: unchanged
    directories: array(uuid(), { versions: '1+', nullable: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: array(int32(), { versions: '2+', nullable: '2+', tag: 6, default: null }),
    lastKnownElr: array(int32(), { versions: '2+', nullable: '2+', tag: 7, default: null }),
  },
);
export type PartitionChangeRecord = Infer<typeof partitionChangeRecord>;

export const removeTopicRecord = message(
  { name: 'RemoveTopicRecord', versions: '0', flexible: '0+' },
  {
    topicId: uuid(),
  },
);
export type RemoveTopicRecord = Infer<typeof removeTopicRecord>;

export const featureLevelRecord = message(
  { name: 'FeatureLevelRecord', versions: '0', flexible: '0+' },
  {
    name: string(),
    featureLevel: int16(), // 0: not supported
  },
);
export type FeatureLevelRecord = Infer<typeof featureLevelRecord>;

export const producerIdsRecord = message(
  { name: 'ProducerIdsRecord', versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    nextProducerId: int64(), // the first id after the block that was handed out
  },
);
export type ProducerIdsRecord = Infer<typeof producerIdsRecord>;

/** The numbers of the types that are known here. */
const METADATA_RECORDS = {
  topic: [2, topicRecord],
  partition: [3, partitionRecord],
  config: [4, configRecord],
  partitionChange: [5, partitionChangeRecord],
  removeTopic: [9, removeTopicRecord],
  featureLevel: [12, featureLevelRecord],
  producerIds: [15, producerIdsRecord],
} as const satisfies Record<string, readonly [number, Message<any>]>;

export type MetadataRecordType = keyof typeof METADATA_RECORDS;
type ValueOf<N extends MetadataRecordType> = Infer<(typeof METADATA_RECORDS)[N][1]>;
export type MetadataRecord = {
  [N in MetadataRecordType]: { readonly type: N; readonly value: ValueOf<N> };
}[MetadataRecordType];

const FRAME_VERSION = 1;
const BY_NUMBER = new Map(
  Object.entries(METADATA_RECORDS).map(([type, [number, schema]]) => [
    number as number,
    { type, schema: schema as Message<unknown> },
  ]),
);

export function encodeMetadataRecord<N extends MetadataRecordType>(
  type: N,
  value: Input<ValueOf<N>>,
  version: number = METADATA_RECORDS[type][1].versionMax,
): Buffer {
  const [number, schema] = METADATA_RECORDS[type];
  const writer = new ByteWriter();
  writer.uvarint(FRAME_VERSION);
  writer.uvarint(number);
  writer.uvarint(version);
  (schema as Message<any>).write(writer, version, value);
  return writer.toBuffer();
}

/** Undefined: a type that this program does not know, which is for the caller to judge. */
export function decodeMetadataRecord(buffer: Buffer): MetadataRecord | undefined {
  const reader = new ByteReader(buffer);
  const frameVersion = reader.uvarint();
  if (frameVersion !== FRAME_VERSION)
    throw new MalformedMessage(`metadata records of frame version ${frameVersion} are not known`);
  const found = BY_NUMBER.get(reader.uvarint());
  if (found === undefined) return undefined;
  const version = reader.uvarint();
  const { type, schema } = found;
  if (!schema.supports(version)) throw new MalformedMessage(`${schema.name} has no version ${version}`);
  return { type, value: schema.read(reader, version) } as MetadataRecord;
}
