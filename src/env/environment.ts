/** Environment: everything that is time, chance or I/O. Passed by hand from the composition root; never a global. */
import type { BufferPool } from './buffer-pool.ts';
import type { Clock } from './clock.ts';
import type { Cpu } from './cpu.ts';
import type { Disk } from './disk.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  /** Memory for what comes and goes by the megabyte. */
  readonly buffers: BufferPool;
  /** Files and sockets that may be open at one time (RLIMIT_NOFILE); Infinity where nobody says. */
  readonly openMax: number;
  readonly cpu: Cpu;
  /** Ends the process (or the simulated one) at once: a broken promise must not acknowledge anything more. */
  fatal(error: unknown): never;
}
