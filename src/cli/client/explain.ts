/**
 * Explain: what a broker or the network said, as one line and an exit code.
 *
 * Errors of @platformatic/kafka nest (retries, responses, partitions); the innermost one that says something is told.
 */
import { CommandFailed, EXIT, type ExitCode } from '../exit-codes.ts';

/** What the library puts on its errors; one interface for all its classes. */
interface LibraryError extends Error {
  readonly code?: string;
  readonly errors?: readonly LibraryError[];
  readonly apiId?: string;
  readonly serverErrorMessage?: string | null;
  /** Where in the answer it was said. */
  readonly path?: string;
}

const CODES: Readonly<Record<string, ExitCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: EXIT.notFound,
  UNKNOWN_TOPIC_ID: EXIT.notFound,
  GROUP_ID_NOT_FOUND: EXIT.notFound,
  TOPIC_ALREADY_EXISTS: EXIT.conflict,
  NON_EMPTY_GROUP: EXIT.conflict,
  INCONSISTENT_GROUP_PROTOCOL: EXIT.conflict,
  REQUEST_TIMED_OUT: EXIT.timeout,
  SASL_AUTHENTICATION_FAILED: EXIT.authentication,
  ILLEGAL_SASL_STATE: EXIT.authentication,
  TOPIC_AUTHORIZATION_FAILED: EXIT.authentication,
  GROUP_AUTHORIZATION_FAILED: EXIT.authentication,
  CLUSTER_AUTHORIZATION_FAILED: EXIT.authentication,
  INVALID_TOPIC_EXCEPTION: EXIT.usage,
  INVALID_CONFIG: EXIT.usage,
  INVALID_PARTITIONS: EXIT.usage,
  INVALID_REPLICATION_FACTOR: EXIT.usage,
  INVALID_REQUIRED_ACKS: EXIT.usage,
};

/** Where the library's words say nothing. */
const HINTS: Readonly<Record<string, string>> = {
  INVALID_TOPIC_EXCEPTION:
    "that is no name for a topic: 1 to 249 of a–z, A–Z, 0–9, '.', '_' and '-', but not '.' and not '..'",
};

/** Anything else came from a bug and is given back as it is. */
export function explainClient(error: unknown, subject: string): unknown {
  if (error instanceof CommandFailed || !isLibraryError(error)) return error;
  const told = innermost(error);
  if (told.apiId !== undefined) {
    const detail = (told.serverErrorMessage ?? HINTS[told.apiId] ?? told.message).replace(
      `${told.apiId}: `,
      '',
    );
    return new CommandFailed(CODES[told.apiId] ?? EXIT.failed, `${subject}: ${detail} (${told.apiId})`, {
      cause: error,
    });
  }
  if (isTimeout(told))
    return new CommandFailed(EXIT.timeout, `${subject}: no answer in time (${told.message})`, {
      cause: error,
    });
  const code: ExitCode =
    told.code === 'PLT_KFK_AUTHENTICATION'
      ? EXIT.authentication
      : told.code === 'PLT_KFK_NETWORK'
        ? EXIT.unreachable
        : told.code === 'PLT_KFK_USER'
          ? EXIT.usage
          : EXIT.failed;
  return new CommandFailed(code, `${subject}: ${told.message}`, { cause: error });
}

/** True when the connection is what failed, so that trying again may help. */
export function isNetworkError(error: unknown): boolean {
  return isLibraryError(error) && innermost(error).code === 'PLT_KFK_NETWORK';
}

/** Kafka's name of what a broker answered, wherever it is nested. */
export function apiErrorOf(error: unknown): string | undefined {
  return isLibraryError(error) ? innermost(error).apiId : undefined;
}

function isLibraryError(error: unknown): error is LibraryError {
  return error instanceof Error && String((error as LibraryError).code ?? '').startsWith('PLT_KFK_');
}

/** The one that a broker said, else the last attempt's. A refused record has no code of its own: that of its partition is the one. */
function innermost(error: LibraryError): LibraryError {
  const causes = [...(error.errors ?? []), ...(isLibraryError(error.cause) ? [error.cause] : [])];
  const said = causes.map(innermost);
  const byBroker = said.filter(({ apiId }) => apiId !== undefined);
  return (
    byBroker.find(({ path }) => !path?.includes('/record_errors/')) ?? byBroker[0] ?? said.at(-1) ?? error
  );
}

/** The library's class for it bears the code of network errors. */
function isTimeout(error: LibraryError): boolean {
  return error.constructor.name === 'TimeoutError' || /timed? ?out/i.test(error.message);
}
