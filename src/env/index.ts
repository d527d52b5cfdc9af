/**
 * The door of env: the outside world as interfaces. Adapters: node/ (the real one), memory/ (the real one without a disk),
 * sim/ (one seed decides everything).
 */
export { BufferPool } from './buffer-pool.ts';
export type { Clock } from './clock.ts';
export { type Cpu, type Prepare, type Work, WorkFailed, type WorkFailure } from './cpu.ts';
export type { Disk, DiskLock, File, OpenOptions, SpaceOf, WriteOptions } from './disk.ts';
export type { Environment } from './environment.ts';
export type { Http, HttpAnswer, HttpRequest } from './http.ts';
export type { Address, Listener, Network, Socket } from './network.ts';
export type { Program, ProgramExit, ProgramListener, Programs } from './programs.ts';
export type { Random } from './random.ts';
export { isDiskFull, isOutOfFiles, isSystemError, type SystemError, systemError } from './system-error.ts';
