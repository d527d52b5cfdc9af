/**
 * Consumer protocol: what classic consumers tell each other through the group, opaque to everything but assignors.
 *
 *   subscription   v1 what the member owns · v2 the generation of that (KIP-792) · v3 its rack (KIP-881)
 *   assignment     v0-v3 are the same
 *
 * On the wire each is an int16 version and then the body. A later version only ever adds fields at the end, so a newer
 * one is read as the newest that is known here. A member without an assignment may have no bytes at all: ask first.
 */
import { ByteReader, ByteWriter, MalformedMessage } from '../bytes.ts';
import { array, bytes, type Infer, type Input, int32, type Message, message, string } from '../schema.ts';

export const consumerProtocolSubscription = message(
  { name: 'ConsumerProtocolSubscription', versions: '0-3', flexible: 'none' },
  {
    topics: array(string()),
    userData: bytes({ nullable: '0+', default: null }),
    ownedPartitions: array(
      { topic: string(), partitions: array(int32()) },
      { versions: '1+', ignorable: true },
    ),
    generationId: int32({ versions: '2+', default: -1, ignorable: true }), // -1: unknown
    rackId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  },
);
export type ConsumerProtocolSubscription = Infer<typeof consumerProtocolSubscription>;

export const consumerProtocolAssignment = message(
  { name: 'ConsumerProtocolAssignment', versions: '0-3', flexible: 'none' },
  {
    assignedPartitions: array({ topic: string(), partitions: array(int32()) }),
    userData: bytes({ nullable: '0+', default: null }),
  },
);
export type ConsumerProtocolAssignment = Infer<typeof consumerProtocolAssignment>;

export const decodeSubscription = (buffer: Buffer): ConsumerProtocolSubscription =>
  decodeNewest<ConsumerProtocolSubscription>(consumerProtocolSubscription, buffer);
export const decodeAssignment = (buffer: Buffer): ConsumerProtocolAssignment =>
  decodeNewest<ConsumerProtocolAssignment>(consumerProtocolAssignment, buffer);

export const encodeSubscription = (value: Input<ConsumerProtocolSubscription>, version = 3): Buffer =>
  encode<ConsumerProtocolSubscription>(consumerProtocolSubscription, version, value);
export const encodeAssignment = (value: Input<ConsumerProtocolAssignment>, version = 3): Buffer =>
  encode<ConsumerProtocolAssignment>(consumerProtocolAssignment, version, value);

function decodeNewest<T>(schema: Message<T>, buffer: Buffer): T {
  const reader = new ByteReader(buffer);
  const version = reader.int16();
  if (version < schema.versionMin) throw new MalformedMessage(`${schema.name} has no version ${version}`);
  return schema.read(reader, Math.min(version, schema.versionMax));
}

function encode<T>(schema: Message<T>, version: number, value: Input<NoInfer<T>>): Buffer {
  const writer = new ByteWriter();
  writer.int16(version);
  schema.write(writer, version, value);
  return writer.toBuffer();
}
