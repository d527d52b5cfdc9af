/**
 * DiskStore: a task's state in a folder, in LevelDB. Keys and a checksum of each row are in memory, values on disk.
 *
 *   apply -> index (at once) + a batch of LevelDB (soon; read from memory until then)
 *
 *   D1  a batch has the rows, the changelog offset behind them and the digest of all rows: it is there whole or not at all.
 *       LevelDB may lose its newest batches when the power goes; the store is behind then, which is what changelogs are for
 *   D2  the digest is the sum of the rows' checksums. It is compared when the store is opened, and each row when it is read, so
 *       a lost or damaged batch, file or byte is noticed, and nothing is computed from it
 *   D3  nothing is ever deleted to get out of trouble: a store that is damaged, or not the one of this changelog, is refused
 *       with its folder and what to do
 *   D4  one process has the folder; the lock goes with the process
 */
import type { ClassicLevel } from 'classic-level';
import { crc32c } from '../../base/index.ts';
import type { SpaceOf } from '../../env/index.ts';
import { OrderedMap, type Row } from '../../streams/index.ts';
import { damaged, explained, notOurs, roomIn } from './store-errors.ts';
import type { TaskStore } from './task-store.ts';

type Level = ClassicLevel<Buffer, Buffer>;
type Operation = { type: 'put'; key: Buffer; value: Buffer } | { type: 'del'; key: Buffer };

interface Mark {
  readonly version: number;
  /** Of the changelog topic: one that was made anew under the same name is another one. */
  readonly changelog: string;
  readonly changelogOffset: number;
  readonly rows: number;
  readonly digest: number;
}

const VERSION = 1;
const SEPARATOR = '\u0000';
/** No table has an empty name. */
const MARK = Buffer.from(SEPARATOR);
const READ_ROWS = 1000;

export class DiskStore implements TaskStore {
  readonly #folder: string;
  readonly #changelog: string;
  readonly #level: Level;
  readonly #spaceOf: SpaceOf | undefined;
  /** Table -> key -> checksum. */
  readonly #tables = new Map<string, OrderedMap<number>>();
  #rows = 0;
  #digest = 0;
  #changelogOffset = 0;
  /** Rows that are not in LevelDB yet, the newest batch last. */
  readonly #written: Map<string, Buffer>[] = [];
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  private constructor(folder: string, changelog: string, level: Level, spaceOf?: SpaceOf) {
    this.#folder = folder;
    this.#changelog = changelog;
    this.#level = level;
    this.#spaceOf = spaceOf;
  }

  /** `changelog`: says which changelog it is. A folder that is not there is made. `spaceOf`: for what is told when the disk is full. */
  static async open(folder: string, changelog: string, spaceOf?: SpaceOf): Promise<DiskStore> {
    const { ClassicLevel } = await import('classic-level');
    const level: Level = new ClassicLevel(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    const store = new DiskStore(folder, changelog, level, spaceOf);
    try {
      await level.open();
      await store.#load();
      return store;
    } catch (error) {
      await level.close().catch(() => undefined); // the first error is the one to tell
      throw explained(error, folder, await roomIn(folder, spaceOf));
    }
  }

  get changelogOffset(): number {
    return this.#changelogOffset;
  }

  get(table: string, key: string): Buffer | undefined {
    const checksum = this.#tables.get(table)?.get(key);
    if (checksum === undefined) return undefined;
    const name = `${table}${SEPARATOR}${key}`;
    for (let n = this.#written.length - 1; n >= 0; n--) {
      const value = this.#written[n]!.get(name);
      if (value !== undefined) return value;
    }
    const bytes = Buffer.from(name);
    const value = this.#read(bytes);
    if (value === undefined || checksumOf(bytes, value) !== checksum)
      throw damaged(
        this.#folder,
        `row ${key} of ${table} is ${value === undefined ? 'gone' : 'not what was written'}`,
      );
    return value;
  }

  *keys(table: string, from: string): Iterable<string> {
    const rows = this.#tables.get(table);
    if (rows === undefined || rows.size === 0) return;
    for (let key = rows.ceiling(from); key !== undefined; key = rows.higher(key)) yield key;
  }

  *tables(): Iterable<readonly [table: string, rows: number]> {
    for (const [table, { size }] of this.#tables) yield [table, size];
  }

  apply(rows: Iterable<Row>, changelogOffset: number): void {
    const operations: Operation[] = [];
    const values = new Map<string, Buffer>();
    for (const { table, key, value } of rows) {
      const name = `${table}${SEPARATOR}${key}`;
      const bytes = Buffer.from(name);
      if (value === null) {
        values.delete(name);
        this.#forget(table, key);
        operations.push({ type: 'del', key: bytes });
      } else {
        values.set(name, value);
        this.#index(table, key, checksumOf(bytes, value));
        operations.push({ type: 'put', key: bytes, value });
      }
    }
    this.#changelogOffset = changelogOffset;
    operations.push({ type: 'put', key: MARK, value: this.#mark() });
    this.#written.push(values);
    this.#writing = this.#writing.then(() => this.#write(operations));
  }

  async settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined)
      throw explained(this.#failure, this.#folder, await roomIn(this.#folder, this.#spaceOf));
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#level.close();
  }

  #read(key: Buffer): Buffer | undefined {
    try {
      return this.#level.getSync(key);
    } catch (error) {
      throw explained(error, this.#folder);
    }
  }

  /** After a failure nothing more is written: what is there stays whole. */
  async #write(operations: Operation[]): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#level.batch(operations);
      this.#written.shift();
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  #index(table: string, key: string, checksum: number): void {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new OrderedMap()));
    const before = rows.get(key);
    if (before === undefined) this.#rows++;
    this.#digest = (this.#digest - (before ?? 0) + checksum) | 0;
    rows.set(key, checksum);
  }

  #forget(table: string, key: string): void {
    const rows = this.#tables.get(table);
    const before = rows?.get(key);
    if (before === undefined) return;
    this.#rows--;
    this.#digest = (this.#digest - before) | 0;
    rows!.delete(key);
  }

  #mark(): Buffer {
    const mark: Mark = {
      version: VERSION,
      changelog: this.#changelog,
      changelogOffset: this.#changelogOffset,
      rows: this.#rows,
      digest: this.#digest,
    };
    return Buffer.from(JSON.stringify(mark));
  }

  async #load(): Promise<void> {
    let mark: Mark | undefined;
    const iterator = this.#level.iterator();
    for (let some = await iterator.nextv(READ_ROWS); some.length > 0; some = await iterator.nextv(READ_ROWS))
      for (const [key, value] of some) {
        if (key.equals(MARK)) mark = JSON.parse(value.toString()) as Mark;
        else this.#found(key, value);
      }
    await iterator.close();
    if (mark === undefined && this.#rows === 0) return;
    if (mark === undefined) throw damaged(this.#folder, 'it does not say how far it is');
    if (mark.version !== VERSION) throw notOurs(this.#folder, `of a later version (${mark.version})`);
    if (mark.rows !== this.#rows || mark.digest !== this.#digest)
      throw damaged(this.#folder, `${this.#rows} rows, and not those ${mark.rows} that were written`);
    if (mark.changelog !== this.#changelog)
      throw notOurs(this.#folder, `of another changelog (${mark.changelog}, now ${this.#changelog})`);
    this.#changelogOffset = mark.changelogOffset;
  }

  #found(bytes: Buffer, value: Buffer): void {
    const name = bytes.toString();
    const at = name.indexOf(SEPARATOR);
    if (at <= 0) throw damaged(this.#folder, 'a key that no table has');
    this.#index(name.slice(0, at), name.slice(at + 1), checksumOf(bytes, value));
  }
}

function checksumOf(key: Buffer, value: Buffer): number {
  return crc32c(value, crc32c(key)) | 0;
}
