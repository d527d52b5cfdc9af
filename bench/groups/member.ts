/** What both kinds of members are to the figures. */
export interface MemberPlace {
  readonly port: number;
  readonly groupId: string;
  readonly topic: string;
  readonly topicId: string;
}

export interface LoadMember {
  readonly heartbeats: number;
  readonly joins: number;
  /** Generation or member epoch; −1: outside. */
  readonly epoch: number;
  /** Partitions that it has. */
  readonly owned: number;
  /** Resolves once it is in; it then lives by itself. */
  join(): Promise<void>;
  close(): void;
}
