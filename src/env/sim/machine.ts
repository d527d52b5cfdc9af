/** Machine: a named computer with a disk that stays, and one program at a time that lives and dies on it. */
import { BufferPool } from '../buffer-pool.ts';
import type { Environment } from '../environment.ts';
import { type DeathPoint, Life, LifeEnded } from './life.ts';
import { simClock } from './sim-clock.ts';
import { Occasions } from './occasions.ts';
import { type CpuSpeed, simCpu, USUAL_CPU } from './sim-cpu.ts';
import { SimDisk } from './sim-disk.ts';
import { MountedDisk } from './sim-file.ts';
import type { Simulation } from './simulation.ts';

export class Machine {
  readonly name: string;
  /** The hardware: faults, capacity, bit flips. */
  readonly disk: SimDisk;
  /** Where faults could come, for all its lives together. */
  readonly occasions = new Occasions(
    () => this.kill(),
    () => this.powerCut(),
  );
  /** Hears of a `fatal` after the life ended; without it a `fatal` fails the run. */
  onFatal: ((error: unknown) => void) | undefined;
  /** Added to wall time; change it to make the clock jump. */
  wallOffsetMs = 0;
  cpu: CpuSpeed = USUAL_CPU;
  /** False from a power cut to the next boot: then its peers hear nothing at all. */
  powered = false;
  readonly #sim: Simulation;
  #life: Life | undefined;
  #lives = 0;

  constructor(sim: Simulation, name: string) {
    this.#sim = sim;
    this.name = name;
    this.disk = new SimDisk(sim, name);
  }

  /** Begun so far, the present one among them. */
  get lives(): number {
    return this.#lives;
  }

  get alive(): boolean {
    return this.#life?.alive === true;
  }

  /** Starts a program: its view of the world, until it dies. */
  boot(): Environment {
    if (this.alive) throw new Error(`${this.name} runs already`);
    const sim = this.#sim;
    const life = new Life(sim, `${this.name}#${++this.#lives}`, this.occasions);
    this.#life = life;
    this.powered = true;
    sim.trace('boot', life.name);
    return {
      clock: simClock(sim, life, () => this.wallOffsetMs),
      random: sim.random.fork(`random of ${this.name}`),
      disk: new MountedDisk(this.disk, life),
      network: sim.network.attach(this, life),
      buffers: new BufferPool({ overwrites: true }),
      openMax: Number.POSITIVE_INFINITY,
      cpu: simCpu(sim, life, this.name, () => this.cpu),
      fatal: (error) => {
        if (life.alive) this.#fatal(error);
        throw new LifeEnded(`${life.name} ended itself`, { cause: error });
      },
    };
  }

  /** The process dies, the kernel lives on: written bytes stay, peers see their connections end. */
  kill(): void {
    const life = this.#end('kill');
    if (life !== undefined) this.#sim.network.processDied(life);
  }

  /** Everything that was not synced is lost, or kept, or torn; peers hear nothing. */
  powerCut(): void {
    const life = this.#end('power cut');
    if (life !== undefined) this.#sim.network.machineVanished(life);
    this.disk.powerCut();
    this.powered = false;
  }

  /** Places the end of the present life at a verb of its environment, before or after its effect; undefined: nowhere. */
  dieAt(point: Omit<DeathPoint, 'die'> | undefined, how: 'kill' | 'power cut' = 'kill'): void {
    this.#life?.dieAt(
      point === undefined
        ? undefined
        : { ...point, die: () => (how === 'kill' ? this.kill() : this.powerCut()) },
    );
  }

  /** The process stands still for that long at least, and does not know. */
  stall(ms: number): void {
    if (this.#life === undefined) return;
    this.#life.stalledUntil = Math.max(this.#life.stalledUntil, this.#sim.time + ms);
    this.#sim.cover('machine: stall');
  }

  #end(how: string): Life | undefined {
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined) return undefined;
    this.#sim.trace(how, life.name);
    this.#sim.cover(`machine: ${how}`);
    life.end();
    return life;
  }

  #fatal(error: unknown): void {
    this.kill();
    if (this.onFatal === undefined) this.#sim.fail(error);
    else this.onFatal(error);
  }
}
