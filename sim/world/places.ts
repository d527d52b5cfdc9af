/**
 * Places: every verb of the environment that the broker calls, by kind. Deaths and errors are placed at them in turn, so
 * that a run of some thousand seeds has had each fault at each place. Coverage notices a verb that is missing here.
 */
export const DISK_PLACES: readonly string[] = [
  ...['open', 'close', 'write', 'sync', 'truncate', 'read'].flatMap((verb) =>
    ['journal', 'manifest', '.log', '.index', '.timeindex', '.txnindex', '.snapshot', '.dedupe'].map(
      (kind) => `${verb} ${kind}`,
    ),
  ),
  ...['open .new', 'write .new', 'sync .new', 'close .new', 'truncate .new', 'rename .new', 'remove .new'],
  ...[
    'remove .log',
    'remove .index',
    'remove .timeindex',
    'remove .txnindex',
    'remove .snapshot',
    'remove .dedupe',
    'remove id',
    'remove cleaned',
  ],
  ...['list', 'list id', 'list cleaned', 'list journal', 'list partitions', 'lock', 'space'],
  ...[
    'sync names of',
    'sync names of id',
    'sync names of cleaned',
    'sync names of journal',
    'sync names of partitions',
    'sync names of root',
  ],
];

export const NETWORK_PLACES: readonly string[] = ['listen', 'socket write', 'socket end', 'socket destroy'];

/** Jobs of threads. */
export const CPU_PLACES: readonly string[] = ['cpu'];
