/**
 * Errors: all that Kafka can answer. Name -> [code on the wire, whether the same request may succeed later, meaning].
 *
 * An operating error is thrown as a KafkaError and becomes a code in the answer. Everything else that is thrown is a
 * bug of ours, and no handler catches it: `errorCode` lets it fly on.
 */
export const ERRORS = {
  UNKNOWN_SERVER_ERROR: [-1, false, 'the broker met something that it did not expect'],
  NONE: [0, false, 'no error'],
  OFFSET_OUT_OF_RANGE: [1, false, 'the offset is not within the log'],
  CORRUPT_MESSAGE: [2, true, 'a record batch fails its checksum or its shape'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, 'there is no such topic or partition here'],
  INVALID_FETCH_SIZE: [4, false, 'the fetch size makes no sense'],
  LEADER_NOT_AVAILABLE: [5, true, 'the partition has no leader at the moment'],
  NOT_LEADER_OR_FOLLOWER: [
    6,
    true,
    'this broker does not lead the partition, nor has a copy that may answer',
  ],
  REQUEST_TIMED_OUT: [7, true, 'the time of the request ran out'],
  BROKER_NOT_AVAILABLE: [8, false, 'the broker cannot be reached'],
  REPLICA_NOT_AVAILABLE: [9, true, 'the replica is not here'],
  MESSAGE_TOO_LARGE: [10, false, 'the batch is larger than the topic accepts'],
  STALE_CONTROLLER_EPOCH: [11, false, 'the controller has been replaced'],
  OFFSET_METADATA_TOO_LARGE: [12, false, 'the text stored with the offset is too long'],
  NETWORK_EXCEPTION: [13, true, 'the connection ended before the answer came'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, true, 'the coordinator is still reading its state'],
  COORDINATOR_NOT_AVAILABLE: [15, true, 'there is no coordinator at the moment'],
  NOT_COORDINATOR: [16, true, 'another broker coordinates this'],
  INVALID_TOPIC_EXCEPTION: [
    17,
    false,
    'the topic name is not allowed, or clients must not do this to the topic',
  ],
  RECORD_LIST_TOO_LARGE: [18, false, 'the batches together exceed a segment'],
  NOT_ENOUGH_REPLICAS: [19, true, 'too few replicas are in sync'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, true, 'it was written, but to fewer replicas than required'],
  INVALID_REQUIRED_ACKS: [21, false, 'acks must be -1, 0 or 1'],
  ILLEGAL_GENERATION: [22, false, 'the generation of the group is another'],
  INCONSISTENT_GROUP_PROTOCOL: [23, false, 'the member shares no protocol with its group'],
  INVALID_GROUP_ID: [24, false, 'the group id is not allowed'],
  UNKNOWN_MEMBER_ID: [25, false, 'the group has no such member'],
  INVALID_SESSION_TIMEOUT: [26, false, 'the session timeout is outside the limits of the broker'],
  REBALANCE_IN_PROGRESS: [27, false, 'the group is rebalancing: join again'],
  INVALID_COMMIT_OFFSET_SIZE: [28, false, 'the offset commit is too large to store'],
  TOPIC_AUTHORIZATION_FAILED: [29, false, 'not allowed for this topic'],
  GROUP_AUTHORIZATION_FAILED: [30, false, 'not allowed for this group'],
  CLUSTER_AUTHORIZATION_FAILED: [31, false, 'not allowed for this cluster'],
  INVALID_TIMESTAMP: [32, false, 'the timestamp is too far from the time of the broker'],
  UNSUPPORTED_SASL_MECHANISM: [33, false, 'the broker does not offer this SASL mechanism'],
  ILLEGAL_SASL_STATE: [34, false, 'the request does not fit the state of the authentication'],
  UNSUPPORTED_VERSION: [35, false, 'this version of the API is not supported'],
  TOPIC_ALREADY_EXISTS: [36, false, 'the topic exists already'],
  INVALID_PARTITIONS: [37, false, 'the number of partitions is not possible'],
  INVALID_REPLICATION_FACTOR: [
    38,
    false,
    'the replication factor is below one or above the number of brokers',
  ],
  INVALID_REPLICA_ASSIGNMENT: [39, false, 'the assignment of replicas is not possible'],
  INVALID_CONFIG: [40, false, 'a setting has a value that is not allowed'],
  NOT_CONTROLLER: [41, true, 'this broker is not the controller'],
  INVALID_REQUEST: [42, false, 'the request contradicts itself or the protocol'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, false, 'the format of the stored records cannot do this'],
  POLICY_VIOLATION: [44, false, 'a policy of the cluster forbids this'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, 'a batch of this producer is missing before this one'],
  DUPLICATE_SEQUENCE_NUMBER: [46, false, 'the batch was appended before'],
  INVALID_PRODUCER_EPOCH: [47, false, 'a newer instance of the producer exists'],
  INVALID_TXN_STATE: [48, false, 'the transaction cannot do this in its state'],
  INVALID_PRODUCER_ID_MAPPING: [49, false, 'the transactional id belongs to another producer id'],
  INVALID_TRANSACTION_TIMEOUT: [50, false, 'the transaction timeout is above the limit of the broker'],
  CONCURRENT_TRANSACTIONS: [51, true, 'the previous step of the transaction has not ended yet'],
  TRANSACTION_COORDINATOR_FENCED: [52, false, 'a newer coordinator has written for this transaction'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, false, 'not allowed for this transactional id'],
  SECURITY_DISABLED: [54, false, 'the cluster has no security set up'],
  OPERATION_NOT_ATTEMPTED: [55, false, 'not tried, because another part of the request failed'],
  KAFKA_STORAGE_ERROR: [56, true, 'the disk failed'],
  LOG_DIR_NOT_FOUND: [57, false, 'the broker has no such log directory'],
  SASL_AUTHENTICATION_FAILED: [58, false, 'the credentials were not accepted'],
  UNKNOWN_PRODUCER_ID: [59, false, 'the broker knows nothing of this producer any more'],
  REASSIGNMENT_IN_PROGRESS: [60, false, 'the replicas of the partition are being moved'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, false, 'delegation tokens are not enabled'],
  DELEGATION_TOKEN_NOT_FOUND: [62, false, 'there is no such delegation token'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, false, 'the delegation token belongs to someone else'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [
    64,
    false,
    'delegation tokens cannot be asked for over this connection',
  ],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, false, 'not allowed for this delegation token'],
  DELEGATION_TOKEN_EXPIRED: [66, false, 'the delegation token has expired'],
  INVALID_PRINCIPAL_TYPE: [67, false, 'this type of principal is not supported'],
  NON_EMPTY_GROUP: [68, false, 'the group still has members'],
  GROUP_ID_NOT_FOUND: [69, false, 'there is no such group'],
  FETCH_SESSION_ID_NOT_FOUND: [70, true, 'the broker has no such fetch session'],
  INVALID_FETCH_SESSION_EPOCH: [71, true, 'the epoch of the fetch session is another'],
  LISTENER_NOT_FOUND: [72, true, 'the leader does not serve the listener that was asked'],
  TOPIC_DELETION_DISABLED: [73, false, 'deleting topics is switched off'],
  FENCED_LEADER_EPOCH: [74, true, 'the leader epoch of the request is an old one'],
  UNKNOWN_LEADER_EPOCH: [75, true, 'the leader epoch of the request is newer than the one known here'],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, 'the codec cannot be used with this version or topic'],
  STALE_BROKER_EPOCH: [77, false, 'the broker has registered anew since'],
  OFFSET_NOT_AVAILABLE: [78, true, 'the new leader does not know its high watermark yet'],
  MEMBER_ID_REQUIRED: [79, false, 'join again with the member id of this answer'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, true, 'the preferred leader is not available'],
  GROUP_MAX_SIZE_REACHED: [81, false, 'the group is full'],
  FENCED_INSTANCE_ID: [82, false, 'another member has taken over this group instance id'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, true, 'no replica that could lead is available'],
  ELECTION_NOT_NEEDED: [84, true, 'the partition has the leader that it should have'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, false, 'the partition is not being moved'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, false, 'a member of the group consumes the topic'],
  INVALID_RECORD: [87, false, 'a record fails the checks of the broker'],
  UNSTABLE_OFFSET_COMMIT: [88, true, 'a transaction that may change the offset is open'],
  THROTTLING_QUOTA_EXCEEDED: [89, true, 'a quota is used up'],
  PRODUCER_FENCED: [90, false, 'a newer producer uses this transactional id'],
  RESOURCE_NOT_FOUND: [91, false, 'there is no such resource'],
  DUPLICATE_RESOURCE: [92, false, 'the resource is named twice'],
  UNACCEPTABLE_CREDENTIAL: [93, false, 'the credential does not meet the requirements'],
  INCONSISTENT_VOTER_SET: [94, false, 'sender and receiver do not both belong to the voters'],
  INVALID_UPDATE_VERSION: [95, false, 'the version to update from is an old one'],
  FEATURE_UPDATE_FAILED: [96, false, 'the feature could not be updated'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, false, 'the principal of a forwarded request cannot be read'],
  SNAPSHOT_NOT_FOUND: [98, false, 'there is no such snapshot'],
  POSITION_OUT_OF_RANGE: [99, false, 'the position is not within the snapshot'],
  UNKNOWN_TOPIC_ID: [100, true, 'there is no topic with this id here'],
  DUPLICATE_BROKER_REGISTRATION: [101, false, 'another running broker has this id'],
  BROKER_ID_NOT_REGISTERED: [102, false, 'no broker with this id is registered'],
  INCONSISTENT_TOPIC_ID: [103, true, 'the topic has another id than the request says'],
  INCONSISTENT_CLUSTER_ID: [104, false, 'the cluster has another id than the request says'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, false, 'there is no such transactional id'],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, true, 'a fetch session must not mix topic names and topic ids'],
  INELIGIBLE_REPLICA: [107, false, 'the replica may not become in-sync'],
  NEW_LEADER_ELECTED: [108, false, 'the change has given the partition another leader'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, false, 'the offset is in remote storage only'],
  FENCED_MEMBER_EPOCH: [110, false, 'the member has been fenced: join anew'],
  UNRELEASED_INSTANCE_ID: [111, false, 'another member still holds this instance id'],
  UNSUPPORTED_ASSIGNOR: [112, false, 'the group has no such assignor'],
  STALE_MEMBER_EPOCH: [113, false, 'the epoch of the member has moved on: heartbeat, then try again'],
  MISMATCHED_ENDPOINT_TYPE: [114, false, 'the request was meant for the other kind of endpoint'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, false, 'this kind of endpoint is not known'],
  UNKNOWN_CONTROLLER_ID: [116, false, 'there is no controller with this id'],
  UNKNOWN_SUBSCRIPTION_ID: [117, false, 'the telemetry subscription has changed: ask for it again'],
  TELEMETRY_TOO_LARGE: [118, false, 'the telemetry exceeds what the broker takes'],
  INVALID_REGISTRATION: [119, false, 'the registration of the broker is not valid'],
  TRANSACTION_ABORTABLE: [120, false, 'the transaction can go on only by being aborted'],
  INVALID_RECORD_STATE: [121, false, 'the record is not in a state to be acknowledged so'],
  SHARE_SESSION_NOT_FOUND: [122, true, 'the broker has no such share session'],
  INVALID_SHARE_SESSION_EPOCH: [123, true, 'the epoch of the share session is another'],
  FENCED_STATE_EPOCH: [124, false, 'the state epoch of the share partition is an old one'],
  INVALID_VOTER_KEY: [125, false, "the voter's key is not the one of the receiver"],
  DUPLICATE_VOTER: [126, false, 'the voter is in the set already'],
  VOTER_NOT_FOUND: [127, false, 'the voter is not in the set'],
  INVALID_REGULAR_EXPRESSION: [128, false, 'the regular expression cannot be parsed'],
  REBOOTSTRAP_REQUIRED: [
    129,
    false,
    'what the client knows of the cluster is too old: start from the bootstrap servers',
  ],
  STREAMS_INVALID_TOPOLOGY: [130, false, 'the topology of the streams group is not valid'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, false, 'the epoch of the topology is not valid'],
  STREAMS_TOPOLOGY_FENCED: [132, false, "the member's topology is an old one"],
  SHARE_SESSION_LIMIT_REACHED: [133, true, 'the broker holds as many share sessions as it may'],
  GROUP_DELETION_FAILED: [134, false, 'the group could not be deleted'],
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED: [
    135,
    false,
    'the description of the topology could not be stored',
  ],
  CONTROLLER_ID_NOT_REGISTERED: [136, false, 'no controller with this id is registered'],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, meaning: string]>;

export type ErrorName = keyof typeof ERRORS;

/**
 * An answer to whoever asked, not a fault of ours: it has no stack. One request may be refused for 250,000 things, and to walk the
 * stack is four fifths of what an error costs.
 */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly errorName: ErrorName;
  /** What is particular about this case, for the `errorMessage` fields of answers. */
  readonly detail: string | undefined;

  /** For people on the other side of the wire: the code says the name already. */
  get explanation(): string {
    return this.detail ?? ERRORS[this.errorName][2];
  }

  constructor(errorName: ErrorName, detail?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${errorName}: ${detail ?? ERRORS[errorName][2]}`, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.errorName = errorName;
    this.detail = detail;
  }

  get code(): number {
    return ERRORS[this.errorName][0];
  }

  get retriable(): boolean {
    return ERRORS[this.errorName][1];
  }
}

/** One record of a batch that was refused. */
export interface RefusedRecord {
  /** Its place in the batch. */
  readonly index: number;
  readonly why: string;
}

/** A batch refused because of some of its records; from Produce v8 on the answer tells which (KIP-467). */
export class RecordsRefused extends KafkaError {
  readonly records: readonly RefusedRecord[];

  /** `count`: how many there are, where not all are named. */
  constructor(errorName: ErrorName, records: readonly RefusedRecord[], count = records.length) {
    const [first] = records;
    const more = count > 1 ? `, and ${count - 1} more records` : '';
    super(errorName, first === undefined ? undefined : `record ${first.index} ${first.why}${more}`);
    this.records = records;
  }
}

/** Operating errors become codes, bugs keep flying. */
export function errorCode(error: unknown): number {
  if (error instanceof KafkaError) return error.code;
  throw error;
}

const NAME_BY_CODE: ReadonlyMap<number, ErrorName> = new Map(
  Object.entries(ERRORS).map(([name, [code]]) => [code, name as ErrorName]),
);

/** Codes that this table does not have yet mean what Kafka's clients take them for. */
export function errorNameOf(code: number): ErrorName {
  return NAME_BY_CODE.get(code) ?? 'UNKNOWN_SERVER_ERROR';
}
