/**
 * Draft: the group as it will be once the records of a decision are written.
 *
 * Each record is tried on a draft of the group, so that the next step of the same decision sees it; nothing reaches the decision before
 * `commit`, so a step that throws leaves no trace. Without records there is none: a plain heartbeat costs nothing.
 */
import type { Decision } from '../decision.ts';
import type { GroupRecord } from '../records.ts';
import type { GroupSettings } from '../settings.ts';
import type { TopicView } from '../topics.ts';
import type { ConsumerGroup } from './group.ts';

/** What a decision about a consumer group may look at besides the group. */
export interface ConsumerWorld {
  readonly topics: TopicView;
  readonly settings: GroupSettings;
}

export class Draft {
  readonly decision: Decision;
  readonly world: ConsumerWorld;
  #group: ConsumerGroup;
  readonly #records: GroupRecord[] = [];

  constructor(decision: Decision, group: ConsumerGroup, world: ConsumerWorld) {
    this.decision = decision;
    this.world = world;
    this.#group = group;
  }

  /** As it will be. */
  get group(): ConsumerGroup {
    return this.#group;
  }

  get hasRecords(): boolean {
    return this.#records.length > 0;
  }

  write(...records: readonly GroupRecord[]): void {
    if (records.length === 0) return;
    if (!this.hasRecords) this.#group = this.#group.draft();
    for (const record of records) {
      this.#records.push(record);
      this.#group.replay(record);
    }
  }

  commit(): void {
    for (const record of this.#records) this.decision.write(record);
  }
}
