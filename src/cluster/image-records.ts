/**
 * ImageRecords: the records that make an image from nothing. Replayed on top of that image they change nothing, so a log may
 * hold both what led to the image and these: whichever of it a crash leaves, the image is the same.
 */
import type { ClusterImage } from './image.ts';
import type { ConfigResource, MetadataRecord } from './records.ts';

/** `leader`: the broker that holds every partition. */
export function* imageRecords(image: ClusterImage, leader: number): Generator<MetadataRecord> {
  for (const { id: topicId, name, partitionCount, configs } of image.topics) {
    yield { kind: 'topic', topicId, name };
    for (let partition = 0; partition < partitionCount; partition++)
      yield { kind: 'partition', topicId, partition, leader };
    yield* configRecords('topic', name, configs);
  }
  for (const [name, configs] of image.brokerConfigs) yield* configRecords('broker', name, configs);
  for (const [name, configs] of image.groupConfigs) yield* configRecords('group', name, configs);
  yield { kind: 'producer-ids', nextProducerId: image.nextProducerId };
}

function* configRecords(
  resourceType: ConfigResource,
  resourceName: string,
  configs: ReadonlyMap<string, string>,
): Generator<MetadataRecord> {
  for (const [name, value] of configs) yield { kind: 'config', resourceType, resourceName, name, value };
}
