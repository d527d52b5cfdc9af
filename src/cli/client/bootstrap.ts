/** Bootstrap: which brokers a client command talks to, and whether one of them answers at all. */
import net from 'node:net';
import type { Command } from 'commander';
import { hostText, parseHostPort } from '../../config/index.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

export interface BootstrapOptions {
  readonly bootstrap?: string;
  readonly bootstrapServer?: string;
  readonly timeout: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_BOOTSTRAP = '127.0.0.1:9092';
const DEFAULT_PORT = 9092;

/** The options that every client command has. */
export function withBootstrap(command: Command): Command {
  return command
    .option(
      '-b, --bootstrap <host:port,…>',
      'brokers to ask first (default: $GREGOR_BOOTSTRAP or 127.0.0.1:9092)',
    )
    .option('--bootstrap-server <host:port,…>', 'the same, as Kafka’s own tools spell it')
    .option('--timeout <seconds>', 'how long to wait for an answer', '10');
}

export function bootstrapOf(
  options: BootstrapOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Address[] {
  const text =
    options.bootstrap ?? options.bootstrapServer ?? (environment['GREGOR_BOOTSTRAP'] || DEFAULT_BOOTSTRAP);
  return text.split(',').map((part) => {
    const address = parseHostPort(part, DEFAULT_PORT);
    if (address === undefined || address.host === '' || address.port === 0)
      throw usageError(`'${part}' is not HOST:PORT, such as ${DEFAULT_BOOTSTRAP}`);
    return address;
  });
}

export function timeoutMsOf(options: BootstrapOptions): number {
  const seconds = Number(options.timeout);
  if (!(seconds > 0) || seconds > 86_400)
    throw usageError(`--timeout ${options.timeout}: that is not a number of seconds`);
  return Math.ceil(seconds * 1000);
}

/** Resolves when one of them takes a connection; the client library would try for seconds and say less. */
export async function requireReachable(addresses: readonly Address[], timeoutMs: number): Promise<void> {
  const failures: string[] = [];
  for (const address of addresses) {
    const failure = await tryConnect(address, timeoutMs);
    if (failure === undefined) return;
    failures.push(`${hostText(address.host)}:${address.port} ${failure}`);
  }
  throw new CommandFailed(
    EXIT.unreachable,
    `No broker: ${failures.join('; ')}. Start one: gregor start. Or name another: -b HOST:PORT`,
  );
}

function tryConnect({ host, port }: Address, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: timeoutMs });
    const end = (failure: string | undefined) => {
      socket.destroy();
      resolve(failure);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`did not answer within ${timeoutMs / 1000} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(connectFailure(error)));
  });
}

function connectFailure(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'refused the connection';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'is not a known host';
    default:
      return error.message || String(error.code);
  }
}
