/** Topics as the minds see them: what exists at this moment. Whoever makes the minds keeps it true; they only look. */
export interface GroupTopic {
  readonly id: string;
  readonly name: string;
  readonly partitionCount: number;
}

export interface TopicView {
  readonly topics: Iterable<GroupTopic>;
  find(name: string): GroupTopic | undefined;
  findById(id: string): GroupTopic | undefined;
}

export const NO_TOPICS: TopicView = { topics: [], find: () => undefined, findById: () => undefined };
