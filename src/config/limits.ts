/** Limits: numbers that bound memory and work and are not settings, or that bound settings. Each says what happens at it. */

const MEBIBYTE = 1024 * 1024;

/** Highest `max.message.bytes`: beyond it the setting is refused (a batch is copied once into a frame). */
export const MESSAGE_BYTES_LIMIT = 64 * MEBIBYTE;
/** Smallest `segment.bytes`, as in Kafka since 4.0; `internal.segment.bytes` goes below it in tests. */
export const SEGMENT_BYTES_MIN = MEBIBYTE;
/** Longest `gregor.schema`: it is a record of the metadata log, and each check thread reads it. */
export const SCHEMA_CHARACTERS_MAX = 256 * 1024;
/** Smallest `gregor.journal.bytes`: two files, each with room for more than the reserve. */
export const JOURNAL_BYTES_MIN = 64 * MEBIBYTE;
/** Partitions that one topic may have: a request for more is refused before anything is allocated. */
export const PARTITIONS_PER_TOPIC_LIMIT = 100_000;
/** Without `gregor.disk.reserve` the reserve is the smaller of these two. */
export const DISK_RESERVE_BYTES = 1024 * MEBIBYTE;
export const DISK_RESERVE_SHARE = 0.02;
