/**
 * Sources: where the settings of a start come from, and which one counts.
 *
 *   --data, --listen, --allow-anonymous, --set   beat   the environment (KAFKA_..., GREGOR_...)   beats   --config FILE
 *
 * A name that does not exist is a mistake in a flag (refused) and normal in a file or environment that was written for
 * Apache Kafka (ignored, and said).
 */
import { readFileSync } from 'node:fs';
import {
  brokerSettings,
  findSetting,
  hostText,
  InvalidSetting,
  isLoopback,
  type Listener,
  parseHostPort,
  parseProperties,
  parseSetting,
  settingsFromEnvironment,
} from '../../config/index.ts';
import { usageError } from '../exit-codes.ts';

export interface StartFlags {
  readonly data?: string | undefined;
  readonly listen?: string | undefined;
  readonly config?: string | undefined;
  readonly set: readonly string[];
  readonly allowAnonymous?: boolean | undefined;
  readonly pipeline?: readonly string[] | undefined;
}

export interface StartSettings {
  /** Checked texts by Kafka's names. */
  readonly texts: ReadonlyMap<string, string>;
  /** Names of a file or the environment that mean nothing here. */
  readonly ignored: readonly string[];
}

const DEFAULT_PORT = 9092;

export function gatherSettings(
  flags: StartFlags,
  environment: Readonly<Record<string, string | undefined>>,
): StartSettings {
  const texts = new Map<string, string>();
  const ignored: string[] = [];
  const take = (source: string, settings: ReadonlyMap<string, string>, unknown: 'ignore' | 'refuse') => {
    for (const [name, text] of settings) {
      if (unknown === 'ignore' && findSetting(brokerSettings, name) === undefined) ignored.push(name);
      else {
        check(source, name, text);
        texts.set(name, text);
      }
    }
  };
  if (flags.config !== undefined) take(flags.config, readProperties(flags.config), 'ignore');
  take('environment', settingsFromEnvironment(environment), 'ignore');
  take('--set', assignments(flags.set), 'refuse');
  take('flags', flagSettings(flags), 'refuse');
  return { texts, ignored: [...new Set(ignored)] };
}

/** Throws when a listener would let anybody in from outside without being asked to. */
export function refuseStrangers(listeners: readonly Listener[], allowAnonymous: boolean): void {
  const open = listeners.find(({ host }) => !isLoopback(host));
  if (open === undefined || allowAnonymous) return;
  throw usageError(
    `Refusing ${hostText(open.host)}:${open.port}: nobody would have to log in. ` +
      'Trusted network or container: --allow-anonymous',
  );
}

function flagSettings({ data, listen, allowAnonymous, pipeline = [] }: StartFlags): Map<string, string> {
  const settings = new Map<string, string>();
  if (data !== undefined) settings.set('log.dirs', data);
  if (listen !== undefined) settings.set('listeners', `PLAINTEXT://${listenAddress(listen)}`);
  if (allowAnonymous === true) settings.set('gregor.allow.anonymous', 'true');
  if (pipeline.length > 0) settings.set('gregor.pipelines', pipeline.join(','));
  return settings;
}

/** `HOST:PORT`; a port alone is one of 127.0.0.1. */
export function listenAddress(text: string): string {
  if (/^\d+$/.test(text)) return `127.0.0.1:${text}`;
  const address = parseHostPort(text, DEFAULT_PORT);
  if (address === undefined)
    throw usageError(`--listen ${text}: that is not HOST:PORT, such as 127.0.0.1:9093`);
  return `${hostText(address.host)}:${address.port}`;
}

function assignments(set: readonly string[]): Map<string, string> {
  return new Map(
    set.map((text): [string, string] => {
      const equals = text.indexOf('=');
      if (equals < 1)
        throw usageError(`--set ${text}: that is not name=value, such as log.retention.hours=24`);
      return [text.slice(0, equals).trim(), text.slice(equals + 1)];
    }),
  );
}

function readProperties(file: string): Map<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw usageError(
      `--config ${file}: ${code === 'ENOENT' ? 'there is no such file' : (error as Error).message}`,
    );
  }
}

function check(source: string, name: string, text: string): void {
  try {
    parseSetting(brokerSettings, 'broker', name, text);
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error;
    throw usageError(`${source}: ${error.message}`);
  }
}
