/**
 * Traps: during a simulated run, reaching for the real time, real chance or the thread pool is an error.
 *
 * Time and chance are replaced by functions that throw. Work for the thread pool (async fs, crypto, dns, a module
 * that is loaded late) cannot be made to throw where it starts; it is noticed by async_hooks, and fails the run.
 */
import { createHook } from 'node:async_hooks';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import zlib from 'node:zlib';

/** What the event loop finishes in real time, as async_hooks names it. */
const REAL_TIME = new Set([
  'CHECKPRIMEREQUEST',
  'CIPHERREQUEST',
  'DERIVEBITSREQUEST',
  'FSREQCALLBACK',
  'FSREQPROMISE',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'HASHREQUEST',
  'HTTPCLIENTREQUEST',
  'KEYPAIRGENREQUEST',
  'PBKDF2REQUEST',
  'QUERYWRAP',
  'RANDOMBYTESREQUEST',
  'SCRYPTREQUEST',
  'SIGNREQUEST',
  'TCPCONNECTWRAP',
  'TCPSERVERWRAP',
  'Timeout',
  'WORKER',
]);

/** Returns what removes the traps. `report` hears of real-time work as often as it is started. */
export function trapAmbient(report: (error: Error) => void): () => void {
  const undo: (() => void)[] = [];
  const replace = (owner: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (before === undefined) return;
    Object.defineProperty(owner, name, { configurable: true, writable: true, enumerable: true, value });
    undo.push(() => Object.defineProperty(owner, name, before));
  };
  const forbid = (owner: object, prefix: string, names: readonly string[]) => {
    for (const name of names) replace(owner, name, refusal(prefix + name));
  };
  forbid(Date, 'Date.', ['now']);
  replace(globalThis, 'Date', dateWithoutNow(Date));
  forbid(Math, 'Math.', ['random']);
  forbid(globalThis, '', [...TIMERS, 'fetch']);
  forbid(timers, 'timers.', TIMERS);
  forbid(crypto, 'crypto.', ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID']);
  forbid(zlib, 'zlib.', ASYNC_ZLIB); // their synchronous twins are the same on every run
  forbid(Object.getPrototypeOf(performance) as object, 'performance.', ['now']);
  const bigint = refusal('process.hrtime.bigint');
  replace(process, 'hrtime', Object.assign(refusal('process.hrtime'), { bigint }));
  syncBuiltinESMExports();
  const hook = createHook({
    trackPromises: false, // they are nothing that ends in real time, and to hear of each makes every await three times as dear
    init(_id, type) {
      if (REAL_TIME.has(type)) report(new Error(`${type}: work that ends in real time, inside a simulation`));
    },
  }).enable();
  return () => {
    hook.disable();
    for (const restore of undo.reverse()) restore();
    syncBuiltinESMExports();
  };
}

const ASYNC_ZLIB = [
  ...['gzip', 'gunzip', 'deflate', 'inflate', 'deflateRaw', 'inflateRaw', 'unzip'],
  ...['brotliCompress', 'brotliDecompress', 'zstdCompress', 'zstdDecompress'],
];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

function refusal(name: string): () => never {
  return () => {
    throw new Error(`${name} inside a simulation: use the environment`);
  };
}

function dateWithoutNow(date: DateConstructor): DateConstructor {
  return new Proxy(date, {
    apply: refusal('Date'),
    construct(target, values: unknown[], newTarget) {
      if (values.length === 0) refusal('new Date')();
      return Reflect.construct(target, values, newTarget) as Date;
    },
  });
}
