/** Session: a client of @platformatic/kafka for one command: opened when a broker answers, closed whatever happens. */
import type { Admin, Consumer, ConsumerOptions, Producer, ProducerOptions } from '@platformatic/kafka';
import { type BootstrapOptions, bootstrapOf, requireReachable, timeoutMsOf } from './bootstrap.ts';
import { explainClient } from './explain.ts';

export type Bytes = Buffer;
export type BytesProducer = Producer<Bytes, Bytes, Bytes, Bytes>;
export type BytesConsumer = Consumer<Bytes, Bytes, Bytes, Bytes>;

const RETRIES = 5;
const FIRST_RETRY_MS = 50;

export function withAdmin<T>(
  options: BootstrapOptions,
  subject: string,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  return session(options, subject, (kafka, base) => new kafka.Admin(base), use);
}

export function withProducer<T>(
  options: BootstrapOptions,
  subject: string,
  extra: Partial<ProducerOptions<Bytes, Bytes, Bytes, Bytes>>,
  use: (producer: BytesProducer) => Promise<T>,
): Promise<T> {
  return session(
    options,
    subject,
    (kafka, base) => new kafka.Producer<Bytes, Bytes, Bytes, Bytes>({ ...base, ...extra }),
    use,
  );
}

export function withConsumer<T>(
  options: BootstrapOptions,
  subject: string,
  extra: Partial<ConsumerOptions<Bytes, Bytes, Bytes, Bytes>> & { groupId: string },
  use: (consumer: BytesConsumer) => Promise<T>,
): Promise<T> {
  return session(
    options,
    subject,
    (kafka, base) => new kafka.Consumer<Bytes, Bytes, Bytes, Bytes>({ ...base, ...extra }),
    use,
  );
}

type Library = typeof import('@platformatic/kafka');

interface Base {
  clientId: string;
  bootstrapBrokers: string[];
  timeout: number;
  connectTimeout: number;
  requestTimeout: number;
  retries: number;
  retryDelay: (client: object, operation: string, attempt: number) => number;
}

async function session<C extends { close(): Promise<void> }, T>(
  options: BootstrapOptions,
  subject: string,
  open: (kafka: Library, base: Base) => C,
  use: (client: C) => Promise<T>,
): Promise<T> {
  const addresses = bootstrapOf(options);
  const timeout = timeoutMsOf(options);
  await requireReachable(addresses, timeout);
  const client = open(await import('@platformatic/kafka'), {
    clientId: 'gregor',
    bootstrapBrokers: addresses.map(({ host, port }) => `${host}:${port}`),
    timeout,
    connectTimeout: timeout,
    requestTimeout: Math.max(timeout, 30_000),
    retries: RETRIES,
    retryDelay: (_client, _operation, attempt) => FIRST_RETRY_MS * 2 ** attempt,
  });
  // Errors of single connections are also told to whoever waits for an answer; unheard they would end the process.
  (client as unknown as NodeJS.EventEmitter).on('error', () => {});
  try {
    return await use(client);
  } catch (error) {
    throw explainClient(error, subject);
  } finally {
    await client.close().catch(() => undefined); // the command's own outcome counts
  }
}
