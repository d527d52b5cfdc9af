/**
 * FileTree: names of files and folders, as every disk that lives in memory keeps them. F is what a file is there.
 *
 * A file that is removed or replaced goes on living for those who hold it, as on Linux. Every change of a name is told
 * to `changed`, in order, so that the simulated disk knows which names a power cut may forget.
 */
import { namesOf } from '../disk-path.ts';
import { systemError } from '../system-error.ts';

export class Folder<F> {
  entries = new Map<string, F | Folder<F>>();
}

/** One change of names. A rename is both parts at once. */
export interface NameChange<F> {
  readonly removed?: Name<F>;
  readonly added?: Name<F>;
  /** What had the added name until then. */
  readonly replaced?: F | Folder<F> | undefined;
}

interface Name<F> {
  readonly folder: Folder<F>;
  readonly name: string;
  readonly node: F | Folder<F>;
}

export class FileTree<F> {
  readonly root: Folder<F> = new Folder<F>();
  readonly #changed: (change: NameChange<F>) => void;

  constructor(changed: (change: NameChange<F>) => void = () => {}) {
    this.#changed = changed;
  }

  find(path: string): F | Folder<F> | undefined {
    let node: F | Folder<F> | undefined = this.root;
    for (const name of namesOf(path)) {
      if (!(node instanceof Folder)) return undefined;
      node = node.entries.get(name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  /** The file at `path`; made with `create`, and its folders too. */
  open(path: string, create: (() => F) | undefined): F {
    const found = this.find(path);
    if (found instanceof Folder) throw systemError('EISDIR', path);
    if (found !== undefined) return found;
    if (create === undefined) throw systemError('ENOENT', path);
    const { parent, name } = split(path);
    const folder = this.makeFolder(parent);
    const file = create();
    this.#add(folder, name, file);
    return file;
  }

  list(path: string): string[] {
    const node = this.find(path);
    if (node === undefined) return [];
    if (!(node instanceof Folder)) throw systemError('ENOTDIR', path);
    return [...node.entries.keys()].sort();
  }

  makeFolder(path: string): Folder<F> {
    let folder = this.root;
    for (const name of namesOf(path)) {
      let next = folder.entries.get(name);
      if (next === undefined) {
        next = new Folder<F>();
        this.#add(folder, name, next);
      }
      if (!(next instanceof Folder)) throw systemError('ENOTDIR', path);
      folder = next;
    }
    return folder;
  }

  rename(from: string, to: string): void {
    const source = this.#requireParent(from);
    const target = this.#requireParent(to);
    const node = source.folder.entries.get(source.name);
    if (node === undefined) throw systemError('ENOENT', from);
    const replaced = target.folder.entries.get(target.name);
    if (replaced === node) return;
    if (replaced instanceof Folder) {
      if (!(node instanceof Folder)) throw systemError('EISDIR', to);
      if (replaced.entries.size > 0) throw systemError('ENOTEMPTY', to);
    } else if (replaced !== undefined && node instanceof Folder) {
      throw systemError('ENOTDIR', to);
    }
    source.folder.entries.delete(source.name);
    target.folder.entries.set(target.name, node);
    this.#changed({ removed: { ...source, node }, added: { ...target, node }, replaced });
  }

  /** Children go before their folder, name by name: what a power cut in the middle may leave. */
  remove(path: string): void {
    const node = this.find(path);
    if (node === undefined) return;
    if (node instanceof Folder) for (const name of this.list(path)) this.remove(`${path}/${name}`);
    if (node === this.root) return;
    const { folder, name } = this.#requireParent(path);
    folder.entries.delete(name);
    this.#changed({ removed: { folder, name, node } });
  }

  #add(folder: Folder<F>, name: string, node: F | Folder<F>): void {
    folder.entries.set(name, node);
    this.#changed({ added: { folder, name, node } });
  }

  #requireParent(path: string): { folder: Folder<F>; name: string } {
    const { parent, name } = split(path);
    const folder = this.find(parent);
    if (!(folder instanceof Folder)) throw systemError('ENOENT', path);
    return { folder, name };
  }
}

function split(path: string): { parent: string; name: string } {
  const names = namesOf(path);
  const name = names.pop();
  if (name === undefined) throw systemError('EINVAL', 'the root of a disk has no name');
  return { parent: names.join('/'), name };
}
