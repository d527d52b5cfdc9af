/**
 * Banner: what a start tells people.
 *
 *   gregor 0.1.0   ready in 212 ms
 *   kafka  127.0.0.1:9092   loopback only, no login
 *   data   ./gregor-data    14 topics, 2.1 GB, synced before every ack
 *   try    npx gregor produce hello "first record"
 */
import { type BrokerConfig, hostText, isLoopback, isWildcard } from '../../config/index.ts';
import { bytesText, countText } from '../text.ts';

interface BannerListener {
  readonly host: string;
  readonly port: number;
  /** Clients are told another address than this one. */
  readonly isAdvertised?: boolean;
}

export interface BannerFacts {
  readonly version: string;
  readonly readyMs: number;
  readonly listeners: readonly BannerListener[];
  readonly folder: string;
  readonly topicCount: number;
  readonly bytes: number;
  readonly flush: BrokerConfig['gregor.flush'];
  readonly flushIntervalMs: number;
}

const GAP = 3;
const DEFAULT_ADDRESS = '127.0.0.1:9092';

export function banner(facts: BannerFacts): string {
  const rows = [
    ...facts.listeners.map(({ host, port }) => ['kafka', `${hostText(host)}:${port}`, reachText(host)]),
    ...facts.listeners.filter(isOutOfReach).map(toldRow),
    [
      'data',
      facts.folder,
      `${countText(facts.topicCount, 'topic')}, ${bytesText(facts.bytes)}, ${flushText(facts)}`,
    ],
  ];
  const width = Math.max(...rows.map(([, subject]) => subject!.length)) + GAP;
  const lines = [
    `gregor ${facts.version}   ready in ${Math.round(facts.readyMs)} ms`,
    ...rows.map(([label, subject, text]) => `${label!.padEnd(7)}${subject!.padEnd(width)}${text}`),
    `try    npx gregor produce hello "first record"${bootstrapFlag(facts.listeners)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Clients connect to what they are told, and of every interface nobody knows which one that is. */
function isOutOfReach({ host, isAdvertised }: BannerListener): boolean {
  return isWildcard(host) && isAdvertised !== true;
}

function toldRow({ port }: BannerListener): string[] {
  const way = `--set advertised.listeners=PLAINTEXT://HOST:${port}`;
  return ['told', `localhost:${port}`, `clients on other machines do not get there: ${way}`];
}

function reachText(host: string): string {
  return isLoopback(host) ? 'loopback only, no login' : 'open to the network, NO LOGIN (--allow-anonymous)';
}

function flushText({ flush, flushIntervalMs }: BannerFacts): string {
  if (flush === 'ack') return 'synced before every ack';
  return flush === 'os'
    ? 'acks do NOT wait for the sync (gregor.flush=os)'
    : `acks do NOT wait for the sync, at most ${flushIntervalMs} ms behind (gregor.flush=interval)`;
}

function bootstrapFlag([first]: BannerFacts['listeners']): string {
  if (first === undefined) return '';
  const isAny = first.host === '0.0.0.0' || first.host === '::';
  const address = `${isAny ? '127.0.0.1' : hostText(first.host)}:${first.port}`;
  return address === DEFAULT_ADDRESS ? '' : ` -b ${address}`;
}
