/**
 * AuthorizedOperations: what the asker may do, as a bit for each of Kafka's operations. Nobody is refused anything here, so it
 * is always all that the kind of resource has (Kafka's AclEntry.supportedOperations).
 */
const READ = 1 << 3;
const WRITE = 1 << 4;
const CREATE = 1 << 5;
const DELETE = 1 << 6;
const ALTER = 1 << 7;
const DESCRIBE = 1 << 8;
const CLUSTER_ACTION = 1 << 9;
const DESCRIBE_CONFIGS = 1 << 10;
const ALTER_CONFIGS = 1 << 11;
const IDEMPOTENT_WRITE = 1 << 12;

export const NOT_ASKED = -2147483648;
export const TOPIC_OPERATIONS =
  READ | WRITE | CREATE | DELETE | ALTER | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS;
export const CLUSTER_OPERATIONS =
  CREATE | ALTER | DESCRIBE | CLUSTER_ACTION | DESCRIBE_CONFIGS | ALTER_CONFIGS | IDEMPOTENT_WRITE;
const GROUP_OPERATIONS = READ | DELETE | DESCRIBE | DESCRIBE_CONFIGS | ALTER_CONFIGS;

/** The description of a group with what may be done to it; one that is an error has nothing. */
export function groupOperations<Described extends { readonly errorCode: number }>(
  group: Described,
): Described {
  return group.errorCode === 0 ? { ...group, authorizedOperations: GROUP_OPERATIONS } : group;
}
