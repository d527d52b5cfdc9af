/**
 * Log: the events of the rooms, on standard error: one line for people on a terminal, JSON (pino) when piped.
 *
 * pino is loaded after the start, when there is something to say: what happens before waits in order, and is never lost
 * (`flush` before an exit).
 */
import type { Writable } from 'node:stream';
import type { EventSink, Level } from '../../base/index.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Level[];

export interface Log {
  readonly sink: EventSink;
  /** The start is over: from now on what is said leaves soon. */
  began(): void;
  /** Everything said so far is on its way out. */
  flush(): Promise<void>;
}

type Event = Parameters<EventSink>;

export function openLog(stream: Writable & { readonly isTTY?: boolean }, least: Level): Log {
  const isWanted = (level: Level) => LEVELS.indexOf(level) >= LEVELS.indexOf(least);
  if (stream.isTTY === true) {
    const sink: EventSink = (...event) => {
      if (isWanted(event[0])) stream.write(`${eventLine(event, new Date())}\n`);
    };
    return { sink, began: () => {}, flush: () => Promise.resolve() };
  }
  return jsonLog(stream, isWanted);
}

function jsonLog(stream: Writable, isWanted: (level: Level) => boolean): Log {
  const waiting: { event: Event; at: number }[] = [];
  let write: ((event: Event, at: number) => void) | undefined;
  let hasBegun = false;
  let loading: Promise<void> | undefined;
  const sink: EventSink = (...event) => {
    if (!isWanted(event[0])) return;
    if (write !== undefined) write(event, Date.now());
    else {
      waiting.push({ event, at: Date.now() });
      if (hasBegun) void flush();
    }
  };
  const flush = () => {
    if (waiting.length > 0) loading ??= load();
    return loading ?? Promise.resolve();
  };
  const load = async () => {
    const { pino } = await import('pino');
    const logger = pino({ level: 'debug', base: { pid: process.pid }, timestamp: false }, stream);
    write = ([level, message, fields], at) =>
      logger[level]({ time: new Date(at).toISOString(), ...fields }, message);
    for (const { event, at } of waiting.splice(0)) write(event, at);
  };
  const began = () => {
    hasBegun = true;
    void flush();
  };
  return { sink, began, flush };
}

/** `12:00:01.250 WARN  message name=value` */
export function eventLine([level, message, fields]: Event, at: Date): string {
  const time = at.toTimeString().slice(0, 8);
  const millis = String(at.getMilliseconds()).padStart(3, '0');
  const rest = Object.entries(fields ?? {}).map(([name, value]) => ` ${name}=${fieldText(value)}`);
  return `${time}.${millis} ${level.toUpperCase().padEnd(5)} ${message}${rest.join('')}`;
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /^\S+$/.test(text) ? text : JSON.stringify(text);
}
