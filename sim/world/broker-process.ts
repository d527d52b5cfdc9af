/**
 * BrokerProcess: the whole broker on a simulated machine, started again and again, as a supervisor would.
 *
 * It may end by itself only for a reason that was given to it: a disk error, or a full disk while it starts. Anything else is a
 * broken promise.
 */
import { silent } from '../../src/base/index.ts';
import type { Random } from '../../src/env/index.ts';
import type { DirectedFault, Machine, Simulation } from '../../src/env/sim/index.ts';
import { type Server, type StorageOptions, startServer } from '../../src/server/index.ts';
import { leaveStaleEnds } from './stale-ends.ts';
import type { Fault, Swarm } from './swarm.ts';

/** Of the starts that do not come after a proper stop. */
const STALE_SHARE = 0.4;

export class BrokerProcess {
  readonly machine: Machine;
  readonly #sim: Simulation;
  readonly #swarm: Swarm;
  readonly #random: Random;
  #server: Server | undefined;
  /** What the wall clock was off by, since when. */
  readonly #clocks: { readonly since: number; readonly offsetMs: number }[] = [{ since: 0, offsetMs: 0 }];
  #latest = 0;
  lives = 0;
  /** The life in which a proper stop was begun last: it may have ended cleanly. */
  stoppedLife = 0;
  #stopping: Promise<void> = Promise.resolve();
  /** Since the present life began, the disk gave an error. */
  #sawDiskError = false;
  /** Since the present life began, a write found no room. */
  #sawFullDisk = false;
  /** Says no at a start: what the broker said. Undefined: it started. */
  refusal: Error | undefined;
  /** The folder may be damaged: then a refusal is an answer. */
  mayRefuse = false;
  /** What is told instead of `silent`. */
  events = silent;

  constructor(sim: Simulation, swarm: Swarm, directed?: DirectedFault) {
    this.#sim = sim;
    this.#swarm = swarm;
    this.#random = sim.random.fork('what lives leave behind');
    this.machine = sim.broker;
    this.machine.occasions.directed = directed;
    this.machine.onFatal = (error) => this.#died(error);
    this.machine.disk.onFull = () => {
      this.#sawFullDisk = true;
    };
  }

  /** Called when a life begins, before its first verb. */
  onBoot: () => void = () => {};
  /** Hears of every end that nobody placed. */
  onEnded: (error: unknown, hadDiskError: boolean) => void = () => {};

  get limits(): StorageOptions {
    return this.#swarm.storage;
  }

  get settings(): ReadonlyMap<string, string> {
    return this.#swarm.settings;
  }

  /** What befalls it: what the seed turned on, and what the run was told to do. */
  get faults(): ReadonlySet<Fault> {
    const { directed } = this.machine.occasions;
    if (directed === undefined) return this.#swarm.faults;
    return new Set<Fault>([...this.#swarm.faults, faultOf(directed)]);
  }

  /** From now on a directed fault may come, if the scenario bears it. */
  openOccasions(): void {
    const { possible } = this.#swarm;
    const death = possible.has('power cuts') ? 'power cut' : possible.has('kills') ? 'kill' : undefined;
    this.machine.occasions.open({
      death,
      error: possible.has('disk errors'),
      fullDisk: possible.has('full disk'),
    });
  }

  /** The running broker; undefined while it starts or is dead. */
  get server(): Server | undefined {
    return this.machine.alive ? this.#server : undefined;
  }

  /** The machine's clock jumps by so much. */
  jumpClock(ms: number): void {
    this.#endOfClock();
    this.machine.wallOffsetMs += ms;
    this.#clocks.push({ since: this.#sim.clock.now(), offsetMs: this.machine.wallOffsetMs });
  }

  /** The latest wall time that the broker ever saw. */
  get latestWallTime(): number {
    this.#endOfClock();
    return this.#latest;
  }

  /** How much later than at some time since `since` the broker's wall clock ever said that it was: at most. */
  wallTimeSince(since: number): number {
    let [earliest, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [n, clock] of this.#clocks.entries()) {
      const until = this.#clocks[n + 1]?.since ?? this.#sim.clock.now();
      if (until < since) continue;
      earliest = Math.min(earliest, Math.max(clock.since, since) + clock.offsetMs);
      latest = Math.max(latest, until + clock.offsetMs);
    }
    return latest - earliest;
  }

  #endOfClock(): void {
    this.#latest = Math.max(this.#latest, this.#sim.clock.now() + this.machine.wallOffsetMs);
  }

  diskFailed(): void {
    this.#sawDiskError = true;
  }

  boot(): void {
    if (this.machine.alive) return;
    this.#server = undefined;
    this.#sawDiskError = false;
    this.#sawFullDisk = false;
    this.refusal = undefined;
    const life = ++this.lives;
    this.#leaveStaleEnds(life - 1);
    globalThis.gregorProbe = (what) => this.#sim.cover(what);
    const { settings, storage } = this.#swarm;
    const env = this.machine.boot();
    this.onBoot();
    const started = startServer(env, { settings, events: this.events, storage });
    started.then(
      (server) => {
        if (life !== this.lives) return;
        this.#server = server;
        server.failed.catch((error: unknown) => this.#died(error));
      },
      (error: unknown) => {
        if (this.mayRefuse && error instanceof Error) this.refusal = error;
        else this.#died(error, this.#sawFullDisk); // a full disk is a reason not to start
        this.machine.kill();
      },
    );
  }

  #leaveStaleEnds(lastLife: number): void {
    const { possible } = this.#swarm;
    const mayDie = possible.has('kills') || possible.has('power cuts');
    const isClean = lastLife > 0 && this.stoppedLife === lastLife;
    if (!mayDie || isClean || this.#random.next() >= STALE_SHARE) return;
    leaveStaleEnds(this.machine.disk, lastLife, this.#random);
  }

  /** A proper stop, then the end of the process. Who asks again while it stops waits for the same. */
  stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return Promise.resolve();
    if (this.stoppedLife !== this.lives) this.#stopping = this.#stop(server);
    this.stoppedLife = this.lives;
    return this.#stopping;
  }

  async #stop(server: Server): Promise<void> {
    try {
      await server.stop();
    } catch (error) {
      this.#died(error); // a program that cannot close its folder says so and ends
      return;
    }
    this.#sim.cover('broker: stopped cleanly');
    this.machine.kill();
  }

  #died(error: unknown, isExcused = false): void {
    this.onEnded(error, isExcused || this.#sawDiskError);
    if (this.#sawDiskError) this.#sim.cover('broker: ended by a disk error');
    this.machine.kill();
  }

  /** Resolves once the broker serves, booted as often as needed. */
  async ready(): Promise<Server> {
    for (;;) {
      this.boot();
      if (this.server !== undefined) return this.server;
      await this.#sim.clock.sleep(5);
    }
  }
}

function faultOf({ place }: DirectedFault): Fault {
  if (place.startsWith('EIO')) return 'disk errors';
  return place.startsWith('ENOSPC') ? 'full disk' : 'placed deaths';
}
