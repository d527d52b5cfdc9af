/** StorageError: what the disk says, in Kafka's words. The cause goes along. */
import { KafkaError } from '../protocol/index.ts';

export function storageError(what: string, cause: unknown): KafkaError {
  if (cause instanceof KafkaError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KafkaError('KAFKA_STORAGE_ERROR', `${what}: ${why}`, { cause });
}

export function isAbsent(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 'ENOENT';
}
