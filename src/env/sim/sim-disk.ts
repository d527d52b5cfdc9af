/**
 * SimDisk: the hardware of one machine: files with what is durable and what is not, names likewise, and a lock.
 *
 * Faults, and why the system must bear them: a power cut loses, keeps or tears what was not synced (drives cache and
 * reorder), and forgets names that were not synced (file systems journal names lazily); syncs and writes take time of
 * very different length. A killed process loses nothing that the kernel has.
 */
import { FileTree, type NameChange } from '../memory/file-tree.ts';
import type { Random } from '../random.ts';
import type { Life } from './life.ts';
import { type CutStyle, SimInode } from './sim-inode.ts';
import type { Simulation } from './simulation.ts';

const SECTOR_BYTES = 512;
const STYLES = ['nothing', 'everything', 'a prefix', 'some sectors'] as const;

export class SimDisk {
  readonly sim: Simulation;
  readonly random: Random;
  readonly tree: FileTree<SimInode>;
  /** Every file that ever had a change, also those without a name. */
  readonly inodes = new Set<SimInode>();
  /** Who holds the lock; a dead life holds nothing. */
  lockedBy: Life | undefined;
  #sequence = 0;
  /** Changes of names that no `syncDirectory` covers yet, in order. */
  #names: NameChange<SimInode>[] = [];

  constructor(sim: Simulation, name: string) {
    this.sim = sim;
    this.random = sim.random.fork(`disk of ${name}`);
    this.tree = new FileTree((change) => this.#names.push(change));
  }

  /** Numbers all changes of this disk, so that a sync covers just those made before it was called. */
  get sequence(): number {
    return this.#sequence;
  }

  nextSequence(): number {
    return ++this.#sequence;
  }

  makeInode(): SimInode {
    const inode = new SimInode();
    this.inodes.add(inode);
    return inode;
  }

  /** Names in this folder are durable; a rename with either end in it is durable as a whole. */
  syncNames(path: string): void {
    const folder = this.tree.find(path);
    this.#names = this.#names.filter(
      (change) => change.added?.folder !== folder && change.removed?.folder !== folder,
    );
  }

  syncAll(): void {
    this.#names = [];
    for (const inode of this.inodes) inode.persist(this.#sequence);
  }

  powerCut(): void {
    const style: CutStyle = {
      keeps: STYLES[this.random.below(STYLES.length)]!,
      unitBytes: [1, SECTOR_BYTES, 4096][this.random.below(3)]!,
      survival: this.random.next(),
      holes: this.random.next(),
      stale: undefined,
    };
    this.#forgetNames();
    for (const inode of this.inodes) {
      const { lost, torn } = inode.powerCut(style, this.random);
      if (lost > 0) this.sim.cover('disk: lost write');
      if (torn > 0) this.sim.cover('disk: torn write');
    }
    this.lockedBy = undefined;
  }

  /** Names are journaled in order: a prefix of the changes survives, the rest is undone, the last first. */
  #forgetNames(): void {
    const kept = this.random.below(this.#names.length + 1);
    for (const { removed, added } of this.#names.slice(kept).reverse()) {
      if (added !== undefined) added.folder.entries.delete(added.name);
      if (removed !== undefined) removed.folder.entries.set(removed.name, removed.node);
      this.sim.cover('disk: lost name');
    }
    this.#names = [];
  }

  /** Damage that nobody notices until it is read. */
  flipBit(path: string, position: number, bit = 0): void {
    const inode = this.tree.find(path);
    if (!(inode instanceof SimInode)) throw new Error(`no file ${path}`);
    inode.flipBit(position, bit);
    this.sim.cover('disk: bit flip');
  }
}
