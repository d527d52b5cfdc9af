/**
 * SimPipe: one direction of a connection: what was sent and has not arrived, in order, whatever delays it.
 *
 * Each arrival is an event of the receiver's life: a stopped process gets everything later, a dead one nothing.
 */
import type { SimSocket } from './sim-socket.ts';
import type { SimNetwork } from './sim-network.ts';

export type Packet =
  | { readonly kind: 'open' }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' };

export class SimPipe {
  readonly #network: SimNetwork;
  readonly #to: SimSocket;
  #underWay: Packet[] = [];
  #lastArrival = 0;

  constructor(network: SimNetwork, to: SimSocket) {
    this.#network = network;
    this.#to = to;
  }

  put(packet: Packet): void {
    const { sim } = this.#network;
    const at = Math.max(this.#lastArrival, sim.time + this.#network.delay(this.#to)); // in order
    this.#lastArrival = at;
    this.#underWay.push(packet);
    sim.schedule(at - sim.time, `${packet.kind} to ${this.#to.name}`, () => this.#arrive(), this.#to.life);
  }

  /** Sends bytes in one piece, or in pieces that end anywhere. */
  send(bytes: Buffer): void {
    for (const end of this.#network.splits(bytes.length)) {
      this.put({ kind: 'bytes', bytes: bytes.subarray(0, end) });
      bytes = bytes.subarray(end);
    }
    this.put({ kind: 'bytes', bytes });
  }

  /** The end of the connection overtakes what a broken route has lost: any number of the last packets. */
  reset(): void {
    this.lose();
    this.put({ kind: 'reset' });
  }

  /** The sender's machine is gone: what it had not sent will never come. */
  lose(): void {
    const kept = this.#network.random.below(this.#underWay.length + 1);
    // A connection that was accepted opens before anything else can be said of it.
    this.#underWay.length = this.#underWay[0]?.kind === 'open' ? Math.max(1, kept) : kept;
  }

  #arrive(): void {
    const packet = this.#underWay.shift();
    if (packet !== undefined) this.#to.receive(packet);
  }
}
