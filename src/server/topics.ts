/** Topics on this broker: what the metadata says becomes partitions, now and whenever it changes. */
import type { Broker, BrokerConfigs } from '../broker/index.ts';
import {
  type ClusterImage,
  CONSUMER_OFFSETS,
  type Controller,
  createTopic,
  METADATA_TOPIC_ID,
  type MetadataRecord,
  TRANSACTION_STATE,
} from '../cluster/index.ts';
import type { GroupCoordinator } from '../coordinator/index.ts';
import type { Partitions } from '../partition/index.ts';

/** After replay: topics that exist get their settings and missing partitions, those that were deleted go. */
export function hostTopics(partitions: Partitions, image: ClusterImage, configs: BrokerConfigs): void {
  for (const topicId of [...partitions.topicIds()])
    if (topicId !== METADATA_TOPIC_ID && image.findById(topicId) === undefined) partitions.drop(topicId);
  for (const topic of image.topics) {
    const config = configs.partitionConfig(topic);
    for (let index = 0; index < topic.partitionCount; index++) partitions.host(topic.id, index, config);
    partitions.reconfigure(topic.id, config);
  }
}

/** From now on every metadata record takes effect in the turn in which it is appended. */
export function followMetadata(
  partitions: Partitions,
  controller: Controller,
  configs: BrokerConfigs,
  groups: GroupCoordinator,
): void {
  const { image } = controller;
  const shorten = () =>
    controller.shorten(configs.nodeId, (log, offset) => partitions.deleteRecords(log, offset));
  // A failure is one of the journal, which stops the broker by itself; the log is as long as it was.
  controller.onGrown = () => void shorten().catch(() => {});
  controller.onChange = (record: MetadataRecord, before) => {
    switch (record.kind) {
      case 'partition': {
        const { topicId, partition } = record;
        const topic = image.findById(topicId)!;
        const config = partitions.find(topicId, 0)?.config ?? configs.partitionConfig(topic);
        partitions.host(topicId, partition, config);
        groups.topicChanged(topic.name);
        return;
      }
      case 'remove-topic':
        partitions.drop(record.topicId);
        if (before !== undefined) {
          groups.forgetTopic(before.name);
          groups.topicChanged(before.name);
        }
        return;
      case 'config': {
        if (record.resourceType === 'broker') {
          configs.brokerChanged();
          for (const topic of image.topics) partitions.reconfigure(topic.id, configs.partitionConfig(topic));
        }
        if (record.resourceType === 'group') configs.groupChanged(record.resourceName);
        const topic = record.resourceType === 'topic' ? image.find(record.resourceName) : undefined;
        if (topic !== undefined) partitions.reconfigure(topic.id, configs.partitionConfig(topic));
      }
    }
  };
}

/** They exist from the start, so that the first contact of a client finds them. */
export async function createInternalTopics({ image, controller, configs, random }: Broker): Promise<void> {
  const { broker } = configs;
  const wanted = [
    {
      name: CONSUMER_OFFSETS,
      partitionCount: broker['offsets.topic.num.partitions'],
      segmentBytes: broker['offsets.topic.segment.bytes'],
    },
    {
      name: TRANSACTION_STATE,
      partitionCount: broker['transaction.state.log.num.partitions'],
      segmentBytes: broker['transaction.state.log.segment.bytes'],
    },
  ];
  const records = wanted
    .filter(({ name }) => image.find(name) === undefined)
    .flatMap(({ name, partitionCount, segmentBytes }) => {
      const texts = {
        'cleanup.policy': 'compact',
        'segment.bytes': String(segmentBytes),
        'compression.type': 'producer',
      };
      const request = {
        name,
        partitionCount,
        replicationFactor: -1,
        assignments: [],
        configs: Object.entries(texts).map(([key, value]) => ({ name: key, value })),
      };
      return createTopic(image, request, random.uuid(), configs.topicRules());
    });
  await controller.commit(records);
}
