/**
 * Part: a piece of a pipeline's text that knows where it stands.
 *
 *   YAML 1.2: `no`, `on` and `24h` are texts. A key that is there twice is an error, anchors and aliases are followed.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  parseDocument,
  type Scalar,
} from 'yaml';
import type { Site } from '../streams/index.ts';
import { meant, PipelineTextError } from './text-error.ts';

interface Origin {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly read: ReadFile;
}

/** Throws when there is no such file. `path` is as it stands in the text, relative to the text's own place. */
export type ReadFile = (path: string) => string;

export interface Member {
  readonly name: string;
  /** Of its name. */
  readonly site: Site;
  readonly part: Part;
}

/** By the codes of the YAML library. Most of its messages say what to do by themselves. */
const SYNTAX_FIXES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces',
  DUPLICATE_KEY: 'Write it once',
  BLOCK_AS_IMPLICIT_KEY:
    "A text with ': ' in it stands in quotes; options of a step are indented below its name",
  MULTILINE_IMPLICIT_KEY: "A name ends with ':', and an item begins with '-'",
  MISSING_CHAR:
    'What opens with {, [ or a quote is closed by }, ] or the same quote; a text that begins with one of them stands in quotes',
};

export class Part {
  /** `steps[2].dedupe`. */
  readonly where: string;
  readonly site: Site;
  readonly #origin: Origin;
  readonly #node: unknown;

  private constructor(origin: Origin, node: unknown, where: string, at?: number) {
    this.#origin = origin;
    this.#node = isAlias(node) ? node.resolve(origin.document) : node;
    this.where = where;
    this.site = siteAt(origin, rangeOf(node)?.[0] ?? at ?? 0);
  }

  /** Throws `PipelineTextError`. */
  static parse(text: string, file: string, read: ReadFile): Part {
    const lines = new LineCounter();
    const document: Document = parseDocument(text, {
      version: '1.2',
      prettyErrors: false,
      lineCounter: lines,
    });
    const origin = { file, document, lines, read };
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) {
      const { code, message, pos } = problem;
      throw new PipelineTextError(
        siteAt(origin, pos[0]),
        '',
        message.split('\n')[0]!,
        SYNTAX_FIXES[code] ?? '',
      );
    }
    return new Part(origin, document.contents, '');
  }

  fail(reason: string, fix = '', site = this.site): never {
    throw new PipelineTextError(site, this.where, reason, fix);
  }

  /** The piece as JSON. */
  get json(): unknown {
    if (this.isMap) return Object.fromEntries(this.members().map(({ name, part }) => [name, part.json]));
    if (this.isList) return this.items().map((item) => item.json);
    return isScalar(this.#node) ? this.#node.value : null;
  }

  /** The file that this text names. */
  readFile(): string {
    const { json } = this;
    if (typeof json !== 'string') this.fail(`it must be the name of a file, not ${this.kind}`);
    try {
      return this.#origin.read(json);
    } catch (error) {
      return this.fail(`'${json}' cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get kind(): string {
    if (this.isMap) return 'a mapping';
    if (this.isList) return 'a list';
    const { json } = this;
    return json === null ? 'nothing' : typeof json === 'string' ? `the text '${json}'` : String(json);
  }

  /** Of a mapping. */
  members(): Member[] {
    if (!isMap(this.#node)) this.fail(`it must be a mapping, not ${this.kind}`);
    return this.#node.items.map(({ key, value }) => {
      const at = rangeOf(key);
      const name = isScalar(key) ? (key.source ?? String(key.value)) : this.fail('a name must be a text');
      const where = this.where === '' ? name : `${this.where}.${name}`;
      return {
        name,
        site: siteAt(this.#origin, at?.[0] ?? 0),
        part: new Part(this.#origin, value, where, at?.[1]),
      };
    });
  }

  find(name: string): Part | undefined {
    return this.isMap ? this.members().find((member) => member.name === name)?.part : undefined;
  }

  /** Refuses names that are none of these. */
  only(names: readonly string[], what = 'option'): Member[] {
    const members = this.members();
    for (const { name, site } of members)
      if (!names.includes(name)) this.fail(`there is no ${what} '${name}'`, meant(names, name), site);
    return members;
  }

  items(): Part[] {
    if (!isSeq(this.#node))
      this.fail(
        `it must be a list, not ${this.kind}`,
        this.isMap ? "Begin each item with '-'" : 'Write [a, b], or one item a line, each with a -',
      );
    return this.#node.items.map((item, n) => new Part(this.#origin, item, `${this.where}[${n}]`));
  }

  /** Where the character `index` of this text stands, as far as it is written plainly. */
  siteOf(index: number): Site {
    const range = rangeOf(this.#node);
    if (range === undefined || !isScalar(this.#node)) return this.site;
    const [from = 0, to = 0] = range;
    const { type, source } = this.#node as Scalar & { source?: string };
    const isPlain = type === 'PLAIN' || type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE';
    const written = to - from - (type === 'PLAIN' ? 0 : 2);
    if (!isPlain || source?.length !== written) return this.site;
    return siteAt(this.#origin, from + index + (type === 'PLAIN' ? 0 : 1));
  }
}

function rangeOf(node: unknown): readonly number[] | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range ?? undefined;
}

function siteAt({ file, lines }: Origin, offset: number): Site {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}
