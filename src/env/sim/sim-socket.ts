/**
 * SimSocket: one end of a connection, as a program sees it.
 *
 *   write -> unsent (the program's) -> kernel's window -> pipe -> received (the peer's kernel) -> onData
 *
 * What the kernel has still arrives when the program dies; what is unsent dies with it. A machine without power sends
 * nothing more, not even an end: its peer learns of it by a reset once the machine is back, or by a time-out.
 */
import type { Address, Socket } from '../network.ts';
import { systemError } from '../system-error.ts';
import type { Life } from './life.ts';
import type { SimNetwork } from './sim-network.ts';
import { type Packet, SimPipe } from './sim-pipe.ts';

/** Above this many unsent bytes a writer is told to wait. */
const UNSENT_MARK = 16 * 1024;
const UNSENT_PARTS_KEPT = 64;
const GONE = 0xdb;

export class SimSocket implements Socket {
  onData: (bytes: Buffer) => void = () => {};
  onDrain: () => void = () => {};
  onClose: (error: Error | undefined) => void = () => {};
  readonly remote: Address;
  readonly local: Address;
  readonly life: Life;
  readonly name: string;
  peer!: SimSocket;
  /** Called when the first packet arrives: the connection exists for this end. */
  readonly #onOpen: () => void;
  readonly #network: SimNetwork;
  readonly #windowBytes: number;
  readonly #in: SimPipe;
  #unsent: Uint8Array[] = [];
  /** The first of them that has not left. */
  #next = 0;
  #unsentBytes = 0;
  /** Sent, not read by the peer. */
  #kernelBytes = 0;
  #received: Packet[] = [];
  #state: 'open' | 'ending' | 'ended' | 'closed' = 'open';
  #sawEnd = false;
  #isPaused = false;
  #mustDrain = false;
  /** The machine lost its power while this end was open. */
  #vanished = false;

  constructor(
    network: SimNetwork,
    life: Life,
    local: Address,
    remote: Address,
    onOpen: (own: SimSocket) => void,
  ) {
    this.#network = network;
    this.life = life;
    this.local = local;
    this.remote = remote;
    this.name = `${local.host}:${local.port}`;
    this.#onOpen = () => onOpen(this);
    this.#windowBytes = network.windowBytes();
    this.#in = new SimPipe(network, this);
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open' || !this.life.touch('socket write')) return false;
    for (const part of parts) {
      this.#unsent.push(part);
      this.#unsentBytes += part.length;
    }
    if (this.peer.#vanished) this.#network.resetByReboot(this);
    this.#pump();
    if (this.#network.draws('cutShare')) this.#network.cut(this);
    if (this.#unsentBytes <= UNSENT_MARK) return true;
    this.#network.sim.cover('network: a writer must wait');
    this.#mustDrain = true;
    return false;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  #pump(): void {
    const room = Math.min(this.#unsentBytes, this.#windowBytes - this.#kernelBytes);
    // As TCP does: never a trickle of tiny packets because the reader takes small bites.
    if (room > 0 && (room === this.#unsentBytes || room >= this.#windowBytes / 4))
      this.peer.#in.send(this.#take(room));
    if (this.#unsentBytes > 0) return;
    if (this.#mustDrain) {
      this.#mustDrain = false;
      this.life.schedule(0, `drain ${this.name}`, () => this.onDrain());
    }
    if (this.#state === 'ending') this.#sendEnd();
  }

  /** The next bytes leave the program: copied now, no sooner. */
  #take(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const part = this.#unsent[this.#next]!;
      const used = part.subarray(0, length - filled);
      bytes.set(used, filled);
      filled += used.length;
      if (used.length < part.length) this.#unsent[this.#next] = part.subarray(used.length);
      else this.#next++;
    }
    if (this.#next > UNSENT_PARTS_KEPT || this.#next === this.#unsent.length) {
      this.#unsent = this.#unsent.slice(this.#next);
      this.#next = 0;
    }
    this.#unsentBytes -= length;
    this.#kernelBytes += length;
    return bytes;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#received.length > 0) this.life.schedule(0, `resume ${this.name}`, () => this.#consume());
  }

  end(): void {
    if (this.#state !== 'open' || !this.life.touch('socket end')) return;
    this.#state = 'ending';
    if (this.#unsentBytes === 0) this.#sendEnd();
  }

  #sendEnd(): void {
    this.#state = 'ended';
    this.peer.#in.put({ kind: 'end' });
    if (this.#sawEnd) this.#close(undefined);
  }

  destroy(): void {
    if (this.isClosed || !this.life.touch('socket destroy')) return;
    // Unread bytes make the kernel answer with a reset, as Linux does.
    this.#hangUp(this.#received.some((packet) => packet.kind === 'bytes') ? 'reset' : 'end');
    this.#close(undefined);
  }

  /** The program died; its kernel ends the connection. */
  abandon(): void {
    if (this.isClosed) return;
    this.#state = 'closed';
    this.#hangUp(this.#network.random.below(2) === 0 ? 'reset' : 'end');
  }

  /** The machine lost its power: nothing is said. */
  vanish(): void {
    if (this.isClosed) return;
    this.#state = 'closed';
    this.#vanished = true;
    this.peer.#in.lose();
  }

  #hangUp(kind: 'end' | 'reset'): void {
    this.#network.sim.cover(`network: hung up with ${kind}`);
    if (kind === 'reset') this.peer.#in.reset();
    else this.peer.#in.put({ kind: 'end' });
  }

  /** The route broke: both ends see a reset. */
  cut(): void {
    this.#in.reset();
    this.peer.#in.reset();
  }

  /** Sends the first packet to the other end, which makes it open there. */
  openPeer(): void {
    this.peer.#in.put({ kind: 'open' });
  }

  receive(packet: Packet): void {
    if (packet.kind === 'open') this.#onOpen();
    else if (this.isClosed) {
      if (packet.kind === 'bytes') this.peer.#in.reset(); // nobody is here any more
    } else if (packet.kind === 'reset') this.fail('ECONNRESET');
    else {
      this.#received.push(packet);
      this.#consume();
    }
  }

  #consume(): void {
    while (!this.#isPaused && !this.isClosed && this.#received.length > 0) {
      const packet = this.#received.shift()!;
      if (packet.kind === 'bytes') {
        this.onData(packet.bytes);
        const { length } = packet.bytes;
        packet.bytes.fill(GONE); // valid during the call only: who kept them shall notice
        this.peer.#taken(length);
      } else this.#onEnd();
    }
  }

  #taken(bytes: number): void {
    this.#kernelBytes -= bytes;
    if (this.#state === 'open' || this.#state === 'ending') this.#pump();
  }

  /** The peer writes no more: what is left here still goes out, then this end closes too. */
  #onEnd(): void {
    this.#sawEnd = true;
    if (this.#state === 'ended') this.#close(undefined);
    else this.end();
  }

  fail(code: string): void {
    if (!this.isClosed) this.#close(systemError(code, `${this.name} to ${this.remote.host}`));
  }

  #close(error: Error | undefined): void {
    this.#state = 'closed';
    this.#unsent = [];
    this.#received = [];
    this.#network.forget(this);
    this.life.schedule(0, `closed ${this.name}`, () => this.onClose(error));
  }
}
