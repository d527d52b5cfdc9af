/**
 * Properties: Kafka's `.properties` files, read as Java reads them.
 *
 *   # comment      ! comment      name=value      name: value      name value      name = one \
 *                                                                         line of two
 *
 * The last of two equal names counts. Escapes: \t \n \r \f \uXXXX, and a backslash before anything else is dropped.
 */

export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, name, value] = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)(.*)$/s.exec(line)!;
    properties.set(unescape(name!), unescape(value!).trimEnd());
  }
  return properties;
}

function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let continued: string | undefined;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const line = raw.trimStart();
    if (continued === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const isContinued = /(?<!\\)(\\\\)*\\$/.test(line);
    const whole: string = (continued ?? '') + (isContinued ? line.slice(0, -1) : line);
    if (!isContinued) lines.push(whole);
    continued = isContinued ? whole : undefined;
  }
  if (continued !== undefined && continued !== '') lines.push(continued);
  return lines;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escaped: string) =>
    escaped.length === 5
      ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
      : (ESCAPES[escaped] ?? escaped),
  );
}
