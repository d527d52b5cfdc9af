/** StorageError: what the disk says, in Kafka's words. The cause goes along. Bugs keep flying. */
import { KafkaError } from '../protocol/index.ts';

/** Throws what is no error of the disk. */
export function storageError(what: string, cause: unknown): KafkaError {
  if (cause instanceof KafkaError) return cause;
  const code = codeOf(cause);
  if (code === undefined || code.startsWith('ERR_')) throw cause;
  return new KafkaError('KAFKA_STORAGE_ERROR', `${what}: ${(cause as Error).message}`, { cause });
}

export function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
