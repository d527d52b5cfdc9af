/**
 * Paths: which fields of a record a function reads, as far as its text shows it: `r => r.value.id` reads `value.id`. For the
 * plan and for messages. Whatever is not plainly an accessor has no paths: a wrong answer would be worse than none.
 *
 *   understood: a field, a template or a sum of fields and texts, String(...) around a field, one parameter, plain or destructured
 */
export type Paths = readonly string[];

// biome-ignore lint/complexity/noBannedTypes: any function of the user's
type Anything = Function;

const known = new WeakMap<Anything, Paths | undefined>();

/** For functions that are made from another text than their own. */
export function withPaths<F extends Anything>(apply: F, paths: Paths | undefined): F {
  known.set(apply, paths);
  return apply;
}

/** Such as `value.id`, `key`, `headers.x`, without repetition. Undefined: nobody can tell. */
export function pathsOf(apply: Anything): Paths | undefined {
  if (known.has(apply)) return known.get(apply);
  const paths = readPaths(apply.toString());
  known.set(apply, paths);
  return paths;
}

/** For the plan. */
export function pathsText(paths: Paths | undefined): string | undefined {
  return paths === undefined || paths.length === 0 ? undefined : paths.join(', ');
}

const NAME = String.raw`[A-Za-z_$][\w$]*`;
const HEAD = new RegExp(String.raw`^\(?\s*(${NAME}|\{[\s\w$,]*\})\s*,?\s*\)?\s*=>\s*`);
const FIELD = new RegExp(String.raw`^(${NAME})((?:\s*(?:\?\.|!?\.)\s*${NAME})*)\s*!?$`);
const FIELDS = new Set(['key', 'value', 'headers', 'timestampMs', 'source']);

function readPaths(text: string): Paths | undefined {
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const body = text.slice(head[0].length).trim().replace(/;$/, '').trim();
  const parameter = head[1]!;
  const names = parameter.startsWith('{')
    ? parameter
        .slice(1, -1)
        .split(',')
        .map((name) => name.trim())
    : undefined;
  const paths = new Set<string>();
  for (const part of partsOf(body) ?? ['?']) {
    const path = pathOf(part, parameter, names);
    if (path === undefined) return undefined;
    paths.add(path);
  }
  return paths.size === 0 ? undefined : [...paths];
}

/** The fields that a template or a sum is made of. Undefined: it is neither. */
function partsOf(body: string): string[] | undefined {
  if (/^`[^`]*`$/.test(body)) {
    const holes = [...body.matchAll(/\$\{([^{}]*)\}/g)].map(([, hole]) => hole!.trim());
    return body.split('${').length - 1 === holes.length ? holes : undefined;
  }
  if (/[`([{=?&|<>*/-]/.test(body.replaceAll(/\bString\(([^()]*)\)/g, '$1').replaceAll('?.', '.')))
    return undefined;
  return body
    .split(/\+(?=(?:[^'"]*['"][^'"]*['"])*[^'"]*$)/)
    .map((part) => part.trim())
    .filter((part) => !/^(['"])[^'"]*\1$/.test(part));
}

function pathOf(part: string, parameter: string, names: readonly string[] | undefined): string | undefined {
  const plain = part.replace(/^String\(\s*([^()]*?)\s*\)$/, '$1');
  const [, root, rest = ''] = FIELD.exec(plain) ?? [];
  if (root === undefined) return undefined;
  const fields = [...rest.matchAll(new RegExp(NAME, 'g'))].map(([name]) => name);
  if (names === undefined ? root !== parameter : !names.includes(root)) return undefined;
  const all = names === undefined ? fields : [root, ...fields];
  return all[0] !== undefined && FIELDS.has(all[0]) ? all.join('.') : undefined;
}
