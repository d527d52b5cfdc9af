/** The door of server: a whole broker from settings and an environment. Embed it with `gregor`. */
export { type Content, LogAccess, type LogRecord, type NewRecord, type ReadOptions } from './log-access.ts';
export { type ServedListener, Server, type ServerOptions, startServer } from './server.ts';
export type { ServerStatus } from './status.ts';
export type { RefusalEntry, RefusalReport } from '../broker/index.ts';
export { DEFAULT_STORAGE, type StorageOptions } from '../partition/index.ts';
