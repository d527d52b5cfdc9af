/**
 * SimDisk: the hardware of one machine: files with what is durable and what is not, names likewise, and a lock.
 *
 * Faults, and why the system must bear them: a power cut loses, keeps or tears what was not synced (drives cache and
 * reorder), and forgets names that were not synced (file systems journal names lazily); verbs are slow, the disk is full,
 * a verb fails (disk-faults.ts); bits rot and files lose their end, which nobody notices until they are read. A killed
 * process loses nothing that the kernel has.
 */
import { FileTree, Folder, type NameChange } from '../memory/file-tree.ts';
import type { Random } from '../random.ts';
import { FailPoints, kindOfPath, USUAL_SPEED } from './disk-faults.ts';
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
  speed = USUAL_SPEED;
  /** Bytes of the file system, for all programs together. */
  totalBytes = 2 ** 40;
  /** Bytes that other programs hold. */
  foreignBytes = 0;
  readonly failPoints = new FailPoints();
  /** Told of every sync of a file, before it has any effect. */
  onSync: (path: string) => void = () => {};
  /** Told of every read of a file. */
  onRead: (path: string) => void = () => {};
  /** Told of every input/output error in the turn in which the program hears of it. */
  onError: (verb: string, path: string) => void = () => {};
  /** Told of every write that found no room. */
  onFull: () => void = () => {};
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
    for (const { removed, added, replaced } of this.#names.slice(kept).reverse()) {
      if (added !== undefined) added.folder.entries.delete(added.name);
      if (added !== undefined && replaced !== undefined) added.folder.entries.set(added.name, replaced);
      if (removed !== undefined) removed.folder.entries.set(removed.name, removed.node);
      this.sim.cover('disk: lost name');
    }
    this.#names = [];
  }

  /** Every file that has a name, by path. */
  files(): { readonly path: string; readonly kind: string; readonly inode: SimInode }[] {
    const found: { path: string; kind: string; inode: SimInode }[] = [];
    const walk = (folder: Folder<SimInode>, prefix: string) => {
      for (const [name, node] of folder.entries)
        if (node instanceof Folder) walk(node, `${prefix}${name}/`);
        else found.push({ path: prefix + name, kind: kindOfPath(prefix + name), inode: node });
    };
    walk(this.tree.root, '');
    return found;
  }

  /** Bytes that a write could still take. */
  get freeBytes(): number {
    const used = this.files().reduce((sum, { inode }) => sum + inode.current.size, 0);
    return Math.max(0, this.totalBytes - this.foreignBytes - used);
  }

  /** Fills an empty disk with what would be found on this one if its power were cut now, at its worst. */
  copyDurableTo(target: SimDisk): void {
    const copies = new Map<SimInode | Folder<SimInode>, SimInode | Folder<SimInode>>();
    const copyOf = (node: SimInode | Folder<SimInode>): SimInode | Folder<SimInode> => {
      const known = copies.get(node);
      if (known !== undefined) return known;
      const copy = node instanceof Folder ? new Folder<SimInode>() : node.durableCopy();
      copies.set(node, copy);
      if (node instanceof Folder && copy instanceof Folder)
        for (const [name, child] of node.entries) copy.entries.set(name, copyOf(child));
      else target.inodes.add(copy as SimInode);
      return copy;
    };
    const root = copyOf(this.tree.root) as Folder<SimInode>;
    for (const { removed, added, replaced } of [...this.#names].reverse()) {
      if (added !== undefined) (copyOf(added.folder) as Folder<SimInode>).entries.delete(added.name);
      if (added !== undefined && replaced !== undefined)
        (copyOf(added.folder) as Folder<SimInode>).entries.set(added.name, copyOf(replaced));
      if (removed !== undefined)
        (copyOf(removed.folder) as Folder<SimInode>).entries.set(removed.name, copyOf(removed.node));
    }
    target.tree.root.entries = root.entries;
  }

  /** An earlier program wrote on there, or made the file, and did not sync. */
  writeBehindEnd(path: string, bytes: Buffer): void {
    const inode = this.tree.open(path, () => this.makeInode());
    inode.apply({ sequence: this.nextSequence(), position: inode.current.size, bytes });
    this.sim.cover(`disk: stale end: ${kindOfPath(path)}`);
  }

  /** The end of a file is gone, on the platter too. */
  cutFile(path: string, size: number): void {
    const inode = this.tree.find(path);
    if (!(inode instanceof SimInode)) throw new Error(`no file ${path}`);
    inode.cut(size);
    this.sim.cover(`disk: file cut: ${kindOfPath(path)}`);
  }

  /** Damage that nobody notices until it is read. */
  flipBit(path: string, position: number, bit = 0): void {
    const inode = this.tree.find(path);
    if (!(inode instanceof SimInode)) throw new Error(`no file ${path}`);
    inode.flipBit(position, bit);
    this.sim.cover(`disk: bit flip: ${kindOfPath(path)}`);
  }
}
