/**
 * ClusterImage: what the metadata log says, after replaying it: topics, their partitions, settings, producer id blocks.
 *
 * Pure. `replay` is the only way in which it changes, so an image is the same on every reader of the same log.
 *
 * Invariants
 *   M1  a topic id never names two topics, also after deletion (ids are random; names may come back with another id)
 *   M2  partition counts only grow
 *   M3  a record that says what the image says already changes nothing
 */
import { assert } from '../base/index.ts';
import type { MetadataRecord } from './records.ts';

export interface Topic {
  readonly id: string;
  readonly name: string;
  partitionCount: number;
  /** What the client asked for; one replica is kept (durability is the sync). */
  readonly isInternal: boolean;
  /** Overrides of the topic's settings, by Kafka's names, as text. */
  readonly configs: Map<string, string>;
}

export const CONSUMER_OFFSETS = '__consumer_offsets';
export const TRANSACTION_STATE = '__transaction_state';
const INTERNAL = new Set([CONSUMER_OFFSETS, TRANSACTION_STATE, '__share_group_state']);

/** Written by the broker alone. */
export function isInternalTopic(name: string): boolean {
  return INTERNAL.has(name);
}

export class ClusterImage {
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  /** Names with `.` read as `_`: metrics of two such topics would collide. */
  readonly #byMetricName = new Map<string, Topic>();
  /** Settings of brokers: '' is the default of all, else the node id. */
  readonly brokerConfigs = new Map<string, Map<string, string>>();
  readonly groupConfigs = new Map<string, Map<string, string>>();
  /** The first producer id that no block has taken yet. */
  nextProducerId = 0;

  find(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  findById(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  /** The topic whose name is the same once `.` reads as `_`. */
  findColliding(name: string): Topic | undefined {
    return this.#byMetricName.get(metricName(name));
  }

  get topics(): Iterable<Topic> {
    return this.#byName.values();
  }

  get topicCount(): number {
    return this.#byName.size;
  }

  replay(record: MetadataRecord): void {
    switch (record.kind) {
      case 'topic': {
        const { topicId: id, name } = record;
        const known = this.#byId.get(id);
        assert(known === undefined || known.name === name, 'M1'); // M1
        if (known !== undefined) return; // M3
        const topic: Topic = {
          id,
          name,
          partitionCount: 0,
          isInternal: isInternalTopic(name),
          configs: new Map(),
        };
        this.#byName.set(name, topic);
        this.#byId.set(id, topic);
        this.#byMetricName.set(metricName(name), topic);
        return;
      }
      case 'partition': {
        const topic = this.#byId.get(record.topicId);
        assert(topic !== undefined && record.partition <= topic.partitionCount, 'M2'); // M2
        if (record.partition === topic.partitionCount) topic.partitionCount++; // else M3
        return;
      }
      case 'remove-topic': {
        const topic = this.#byId.get(record.topicId);
        assert(topic !== undefined, `no topic ${record.topicId} to remove`);
        this.#byId.delete(topic.id);
        this.#byName.delete(topic.name);
        this.#byMetricName.delete(metricName(topic.name));
        return;
      }
      case 'config':
        this.#configure(record.resourceType, record.resourceName, record.name, record.value);
        return;
      case 'producer-ids':
        assert(record.nextProducerId >= this.nextProducerId, 'producer ids only rise');
        this.nextProducerId = record.nextProducerId;
    }
  }

  #configure(type: 'topic' | 'broker' | 'group', resource: string, name: string, value: string | null): void {
    const configs = this.configsOf(type, resource);
    if (configs === undefined) return; // the topic was removed by a later record of the same batch
    if (value === null) configs.delete(name);
    else configs.set(name, value);
  }

  /** The overrides of one resource, made when absent; undefined for an unknown topic. */
  configsOf(type: 'topic' | 'broker' | 'group', resource: string): Map<string, string> | undefined {
    if (type === 'topic') return this.#byName.get(resource)?.configs;
    const all = type === 'broker' ? this.brokerConfigs : this.groupConfigs;
    let configs = all.get(resource);
    if (configs === undefined) all.set(resource, (configs = new Map()));
    return configs;
  }
}

function metricName(name: string): string {
  return name.replaceAll('.', '_');
}
