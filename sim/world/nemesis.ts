/**
 * Nemesis: does harm during the safety phase, of the kinds that the seed turned on; then heals everything.
 *
 * Placed deaths and disk errors take the verbs of the environment in turn: so rare ones are hit as often as frequent ones.
 * While it runs, a directed fault may come too (`Occasions`).
 */
import type { Random } from '../../src/env/index.ts';
import { CALM_NETWORK, type Simulation, USUAL_SPEED } from '../../src/env/sim/index.ts';
import type { BrokerProcess } from './broker-process.ts';
import { CPU_PLACES, DISK_PLACES, NETWORK_PLACES } from './places.ts';
import type { Fault, Swarm } from './swarm.ts';

const MINUTE_MS = 60_000;
const SUPERVISION_MS = 40;
const KIB = 1024;
/** About so many places come up in one seed. */
const PLACES_PER_SEED = 7;

export class Nemesis {
  readonly #sim: Simulation;
  readonly #random: Random;
  /** So that what is drawn for them moves nothing else. */
  readonly #details: Random;
  readonly #process: BrokerProcess;
  readonly #swarm: Swarm;
  #isOver = false;
  #placed = 0;
  readonly #acts: Readonly<Record<Fault, () => void | Promise<void>>> = {
    kills: () => this.#process.machine.kill(),
    'power cuts': () => this.#process.machine.powerCut(),
    'placed deaths': () => this.#placeDeath(),
    'disk errors': () => this.#placeError(),
    'full disk': () => this.#fillDisk(),
    'slow disk': () => this.#slowDisk(),
    'lopsided disk': () => this.#lopsidedDisk(),
    cuts: () => void this.#sim.network.cutSome(this.#process.machine, this.#random.next()),
    holds: () => this.#hold(),
    'clock jumps': () => this.#jump(),
    stalls: () => this.#stall(),
    'clean stops': () => this.#process.stop(),
  };

  constructor(sim: Simulation, process: BrokerProcess, swarm: Swarm) {
    this.#sim = sim;
    this.#random = sim.random.fork('nemesis');
    this.#details = sim.random.fork('details of the nemesis');
    this.#process = process;
    this.#swarm = swarm;
  }

  /** Runs until `heal`. */
  async run(): Promise<void> {
    const { actEveryMs, faults } = this.#swarm;
    this.#sim.network.faults = this.#swarm.network;
    this.#process.openOccasions();
    const chosen = [...faults];
    let bootAt = 0;
    while (!this.#isOver) {
      await this.#sim.clock.sleep(this.#random.next() * 2 * actEveryMs);
      if (this.#isOver) return;
      if (!this.#process.machine.alive) {
        bootAt ||= this.#sim.time + this.#random.below(200);
        if (this.#sim.time >= bootAt) this.#process.boot();
        continue;
      }
      bootAt = 0;
      if (chosen.length === 0) continue;
      const fault = chosen[this.#random.below(chosen.length)]!;
      this.#sim.cover(`fault: ${fault}`);
      this.#sim.trace(fault, 'nemesis');
      // A proper stop may hang when the broker dies meanwhile.
      await Promise.race([this.#acts[fault](), this.#sim.clock.sleep(6_000)]);
    }
  }

  /** Everything works from now on, also what hangs. */
  heal(): void {
    this.#isOver = true;
    const { machine } = this.#process;
    this.#sim.network.faults = CALM_NETWORK;
    machine.dieAt(undefined);
    machine.occasions.open(undefined);
    machine.disk.failPoints.clear();
    machine.disk.speed = USUAL_SPEED;
    machine.disk.foreignBytes = 0;
    this.#sim.trace('healed', 'nemesis');
    void this.#keepRunning();
  }

  /** A stop that began before the healing may end the broker now. */
  async #keepRunning(): Promise<never> {
    for (;;) {
      this.#process.boot();
      await this.#sim.clock.sleep(SUPERVISION_MS);
    }
  }

  /** Seeds after each other take places after each other. */
  #next(places: readonly string[]): string {
    const index = Number(this.#sim.seed) * strideOf(places.length) + this.#placed++;
    return places[index % places.length]!;
  }

  #placeDeath(): void {
    const kind = this.#next([...DISK_PLACES, ...NETWORK_PLACES, ...CPU_PLACES]);
    const when = this.#random.below(2) === 0 ? 'before' : 'after';
    const how = this.#random.below(2) === 0 ? 'kill' : 'power cut';
    const point = { matches: (called: string) => called === kind, nth: this.#nth(), when } as const;
    const { machine } = this.#process;
    if (this.#random.below(2) === 0) {
      machine.dieAt(point, how);
      return;
    }
    // Many verbs are called at a start only, the first one in its first turn.
    machine.kill();
    this.#process.onBoot = () => machine.dieAt(point, how);
    this.#process.boot();
    this.#process.onBoot = () => {};
  }

  #placeError(): void {
    const kind = this.#next(DISK_PLACES);
    const { failPoints } = this.#process.machine.disk;
    const code = kind.startsWith('sync .') && this.#details.below(3) === 0 ? 'ENOSPC' : 'EIO';
    failPoints.add({ matches: (called) => called === kind, nth: this.#nth(), code });
    if (this.#random.below(4) > 0) return;
    this.#process.machine.kill();
    this.#process.boot();
  }

  /** The first time is the likeliest: rare verbs come once or twice. */
  #nth(): number {
    return this.#random.below(3) > 0 ? 1 : 1 + this.#random.below(5);
  }

  #fillDisk(): void {
    const { disk } = this.#process.machine;
    disk.foreignBytes = 0;
    disk.foreignBytes = Math.max(1, disk.freeBytes - this.#random.below(96 * KIB));
    this.#sim.clock.after(200 + this.#random.below(1_500), () => {
      disk.foreignBytes = 0;
    });
  }

  #slowDisk(): void {
    const { disk } = this.#process.machine;
    const isStuck = this.#random.below(4) === 0;
    disk.speed = isStuck
      ? { quickMs: 1, slowShare: 0.3, slowMs: 2_000 }
      : { quickMs: 5, slowShare: 0.2, slowMs: 100 };
    this.#sim.clock.after(200 + this.#random.below(1_000), () => {
      disk.speed = USUAL_SPEED;
    });
  }

  /**
   * The journal crawls and everything else is quick, or the other way round, and in the midst of it the broker dies: so what
   * a checkpoint waits for, and what goes on meanwhile, come apart as far as they can. Sometimes segments go with the journal.
   */
  async #lopsidedDisk(): Promise<void> {
    const { machine } = this.#process;
    const isJournal = this.#random.below(2) === 0;
    const withSegments = this.#details.below(3) === 0;
    machine.disk.speed = {
      quickMs: [10, 60][this.#random.below(2)]!,
      slowShare: 0.1,
      slowMs: 300,
      concerns: (kind) => (kind === 'journal' || (withSegments && kind === '.log')) === isJournal,
    };
    await this.#sim.clock.sleep(20 + this.#random.below(800));
    machine.disk.speed = USUAL_SPEED;
    if (this.#isOver) return;
    if (this.#random.below(2) === 0) machine.kill();
    else machine.powerCut();
  }

  /** Under one that lasts nothing begins: a stop is over before the next one comes. */
  #stall(): void | Promise<void> {
    const { short, long } = this.#swarm.stallMs;
    if (this.#random.below(4) > 0) {
      this.#process.machine.stall(10 + this.#random.below(short));
      return;
    }
    const ms = long[0] + this.#random.below(long[1] - long[0]);
    this.#process.machine.stall(ms);
    return this.#sim.clock.sleep(ms + 10);
  }

  #hold(): void {
    const direction = this.#random.below(2) === 0 ? 'to' : 'from';
    this.#sim.network.hold(this.#process.machine, direction, this.#random.below(2_500));
  }

  #jump(): void {
    const ms = [1_000, MINUTE_MS, 60 * MINUTE_MS][this.#random.below(3)]!;
    this.#process.jumpClock((this.#random.next() * 2 - 1) * ms);
    this.#sim.cover('machine: clock jump');
  }
}

/** Prime to the number of places: so some seed begins at each of them. */
export function strideOf(count: number): number {
  let stride = PLACES_PER_SEED;
  while (divisorOf(stride, count) > 1) stride++;
  return stride;
}

function divisorOf(a: number, b: number): number {
  return b === 0 ? a : divisorOf(b, a % b);
}
