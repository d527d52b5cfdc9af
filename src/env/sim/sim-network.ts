/**
 * SimNetwork: the network of the simulated world: who listens, what connects, and how badly (`NetworkFaults`).
 *
 * A machine is reached by its name; loopback means oneself. Faults, and why the system must bear them: see
 * network-faults.ts; beyond those a machine that loses its power leaves its peers with connections that nobody ends
 * (half open), and a machine can be unreachable for a while (`hold`), in one direction or both.
 */
import type { Address, Listener, Network, Socket } from '../network.ts';
import type { Random } from '../random.ts';
import { systemError } from '../system-error.ts';
import type { Life } from './life.ts';
import type { Machine } from './machine.ts';
import { CALM_NETWORK, type NetworkFaults } from './network-faults.ts';
import { SimSocket } from './sim-socket.ts';
import type { Simulation } from './simulation.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const ANY = new Set(['0.0.0.0', '::']);
const FIRST_FREE_PORT = 40_000;
/** A machine without power answers no connection request; the kernel gives up. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The kernel's keep-alive finds out that nobody is there any more. */
const KEEP_ALIVE_MS = 120_000;

interface Listening {
  readonly life: Life;
  readonly onSocket: (socket: Socket) => void;
}

export class SimNetwork {
  readonly sim: Simulation;
  readonly random: Random;
  faults: NetworkFaults = CALM_NETWORK;
  readonly #machines = new Map<Life, Machine>();
  readonly #listening = new Map<string, Listening>();
  readonly #sockets = new Set<SimSocket>();
  /** Machine and direction -> until when nothing arrives. */
  readonly #heldUntil = new Map<string, number>();
  #nextPort = FIRST_FREE_PORT;

  constructor(sim: Simulation) {
    this.sim = sim;
    this.random = sim.random.fork('network');
  }

  attach(machine: Machine, life: Life): Network {
    this.#machines.set(life, machine);
    return {
      listen: (address, onSocket) =>
        life.perform({
          label: `listen ${address.port}`,
          kind: 'listen',
          delayMs: 0.1,
          effect: () => this.#listen(machine, life, address, onSocket),
        }),
      connect: (address) => this.#connect(machine, life, address),
    };
  }

  #listen(machine: Machine, life: Life, address: Address, onSocket: (socket: Socket) => void): Listener {
    const { host } = address;
    if (host !== machine.name && !LOOPBACK.has(host) && !ANY.has(host))
      throw systemError('EADDRNOTAVAIL', `${host} is not ${machine.name}`);
    const port = address.port === 0 ? this.#nextPort++ : address.port;
    const key = `${machine.name}:${port}`;
    if (this.#listening.get(key)?.life.alive) throw systemError('EADDRINUSE', key);
    const own = { life, onSocket };
    this.#listening.set(key, own);
    const close = async () => {
      if (this.#listening.get(key) === own) this.#listening.delete(key);
    };
    return { address: { host, port }, close };
  }

  #connect(from: Machine, life: Life, address: Address): Promise<Socket> {
    const to = LOOPBACK.has(address.host) ? from : this.sim.machine(address.host);
    return new Promise((resolve, reject) => {
      if (!life.touch('connect')) return;
      const refuse = (code: string, delayMs: number) =>
        life.schedule(delayMs, `${code} ${to.name}`, () =>
          reject(systemError(code, `${to.name}:${address.port}`)),
        );
      const arrival = this.#delayTo(to.name) + this.#delayTo(`from ${from.name}`);
      this.sim.schedule(arrival, `connect ${to.name}`, () => {
        const listening = this.#listening.get(`${to.name}:${address.port}`);
        if (!to.powered) refuse('ETIMEDOUT', CONNECT_TIMEOUT_MS);
        else if (listening?.life.alive !== true) refuse('ECONNREFUSED', this.#delayTo(from.name));
        else if (life.alive) this.#open(life, from, to, address, listening, resolve);
      });
    });
  }

  #open(
    life: Life,
    from: Machine,
    to: Machine,
    address: Address,
    listening: Listening,
    resolve: (socket: Socket) => void,
  ): void {
    const { life: serverLife, onSocket } = listening;
    const near = { host: LOOPBACK.has(address.host) ? address.host : from.name, port: this.#nextPort++ };
    const client = new SimSocket(this, life, near, address, resolve);
    const key = `${to.name}:${address.port}`;
    const server = new SimSocket(this, serverLife, address, near, (own) => {
      // Who closes the port resets those that wait to be accepted.
      if (this.#listening.get(key) === listening) onSocket(own);
      else own.abandon();
    });
    client.peer = server;
    server.peer = client;
    this.#sockets.add(client).add(server);
    client.openPeer();
    server.openPeer();
    this.sim.trace(`open ${near.host}:${near.port}`, to.name);
  }

  forget(socket: SimSocket): void {
    this.#sockets.delete(socket);
  }

  windowBytes(): number {
    return Math.floor(this.#between(this.faults.windowBytes));
  }

  /** Until the next packet to this end may arrive. */
  delay(to: SimSocket): number {
    const receiver = this.#machines.get(to.life)!.name;
    const sender = this.#machines.get(to.peer.life)!.name;
    const held = this.draws('holdShare') ? this.random.next() * this.faults.holdMsMax : 0;
    return Math.max(this.#delayTo(receiver), this.#delayTo(`from ${sender}`)) + held;
  }

  #delayTo(route: string): number {
    return (
      Math.max((this.#heldUntil.get(route) ?? 0) - this.sim.time, 0) + this.#between(this.faults.latencyMs)
    );
  }

  #between([min, max]: readonly [number, number]): number {
    return min + this.random.next() * (max - min);
  }

  /** Where a write of so many bytes is split: lengths of all pieces but the last. */
  splits(length: number): number[] {
    const pieces: number[] = [];
    for (let rest = length; rest > 1 && this.random.next() < this.faults.splitShare; ) {
      const piece = 1 + this.random.below(this.random.below(4) === 0 ? Math.min(8, rest - 1) : rest - 1);
      pieces.push(piece);
      rest -= piece;
      if (pieces.length === 1) this.sim.cover('network: split');
    }
    return pieces;
  }

  draws(share: 'cutShare' | 'holdShare'): boolean {
    const is = this.faults[share] > 0 && this.random.next() < this.faults[share];
    if (is) this.sim.cover(share === 'cutShare' ? 'network: cut' : 'network: held packet');
    return is;
  }

  cut(socket: SimSocket): void {
    socket.cut();
  }

  /** Resets some of a machine's connections. Answers how many. */
  cutSome(machine: Machine, share: number): number {
    let count = 0;
    for (const socket of this.#sockets) {
      if (this.#machines.get(socket.life) !== machine || this.random.next() >= share) continue;
      socket.cut();
      count++;
    }
    if (count > 0) this.sim.cover('network: cut');
    return count;
  }

  /** Nothing reaches the machine (`to`) or leaves it (`from`) for so long; then all of it, in order. */
  hold(machine: Machine, direction: 'to' | 'from', ms: number): void {
    this.#heldUntil.set(direction === 'to' ? machine.name : `from ${machine.name}`, this.sim.time + ms);
    this.sim.cover(`network: held ${direction}`);
  }

  processDied(life: Life): void {
    for (const socket of [...this.#sockets])
      if (socket.life === life) this.#drop(socket, () => socket.abandon());
  }

  machineVanished(life: Life): void {
    for (const socket of [...this.#sockets]) {
      if (socket.life !== life) continue;
      this.#drop(socket, () => socket.vanish());
      this.sim.cover('network: half open');
      socket.peer.life.schedule(KEEP_ALIVE_MS, `keep-alive ${socket.name}`, () =>
        socket.peer.fail('ETIMEDOUT'),
      );
    }
  }

  #drop(socket: SimSocket, how: () => void): void {
    how();
    this.#sockets.delete(socket);
  }

  /** Somebody writes to a machine that lost its power: once it is back, it knows of no such connection. */
  resetByReboot(socket: SimSocket): void {
    if (!this.#machines.get(socket.peer.life)!.powered) return;
    this.sim.cover('network: reset by a rebooted machine');
    socket.life.schedule(this.#between(this.faults.latencyMs), `reset ${socket.name}`, () =>
      socket.fail('ECONNRESET'),
    );
  }
}
