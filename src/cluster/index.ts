/** The door of cluster: the metadata log, its image, and the decisions that change it. */
export { Controller, METADATA_TOPIC_ID } from './controller.ts';
export { ClusterImage, CONSUMER_OFFSETS, type Topic, TRANSACTION_STATE } from './image.ts';
export { type ConfigResource, decodeMetadataRecord, type MetadataRecord, RESOURCE_TYPES } from './records.ts';
export { checkDeadLetterTopic, deadLetterTopicOf } from './dead-letter-topic.ts';
export { checkTopicName, isTopicName } from './topic-name.ts';
export { createPartitions, createTopic, type TopicRequest, type TopicRules } from './topics.ts';
