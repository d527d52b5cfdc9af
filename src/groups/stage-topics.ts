/** StageTopics: the topics of a transcript: made, grown and deleted by name; a name that comes back is another topic. */
import type { GroupTopic, TopicView } from './topics.ts';

export class StageTopics implements TopicView {
  readonly #byName = new Map<string, GroupTopic>();
  /** Id -> the name to print, also of topics that are gone: `t`, then `t'`. */
  readonly #labels = new Map<string, string>();

  get topics(): Iterable<GroupTopic> {
    return this.#byName.values();
  }

  find(name: string): GroupTopic | undefined {
    return this.#byName.get(name);
  }

  findById(id: string): GroupTopic | undefined {
    for (const topic of this.topics) if (topic.id === id) return topic;
    return undefined;
  }

  /** 0 partitions: the topic is gone. */
  set(name: string, partitionCount: number): void {
    if (partitionCount === 0) {
      this.#byName.delete(name);
      return;
    }
    const id = this.find(name)?.id ?? String(this.#labels.size + 1).padStart(32, '0');
    const earlier = [...this.#labels.values()].filter((label) => label.replaceAll("'", '') === name).length;
    if (!this.#labels.has(id)) this.#labels.set(id, name + "'".repeat(earlier));
    this.#byName.set(name, { id, name, partitionCount });
  }

  /** Of a topic by its printed name; zeros for one that never was. */
  idOf(label: string): string {
    for (const [id, known] of this.#labels) if (known === label) return id;
    return '0'.repeat(32);
  }

  text(listed: readonly { topicId: string; partitions: readonly number[] }[]): string {
    if (listed.length === 0) return 'nothing';
    return listed.map(({ topicId, partitions }) => `${this.#labels.get(topicId)}:${partitions}`).join(';');
  }
}
