/**
 * UrlTemplate: http://crm:8080/customers/{value.customer}: a URL with expressions in braces.
 *
 *   U1  the host is written, never computed: no record decides who is asked
 *   U2  what an expression gives is one piece of a path or a query: it is percent-encoded, and '.' and '..' are refused
 *   U3  null or an empty text: there is nothing to ask
 */
import { type Apply, expressionIn } from './expression.ts';
import type { Form } from './form.ts';
import type { Part } from './part.ts';

const HOST = /^https?:\/\/[^\s{}/?#]+(?=[/?]|$)/;

export const urlTemplate: Form<Apply<string | undefined>> = {
  schema: {
    type: 'string',
    pattern: '^https?://[^\\s{}/?#]+([/?]|$)',
    description: 'with expressions in braces; what they give is percent-encoded',
    examples: ['http://crm:8080/customers/{value.customer}'],
  },
  what: 'a URL such as http://crm:8080/customers/{value.customer}',
  read: (part) => {
    const { json } = part;
    if (typeof json !== 'string')
      return part.fail(`it must be a URL, not ${part.kind}`, "Put it in quotes: 'http://crm/{value.id}'");
    if (!HOST.test(json))
      part.fail(
        `'${json}' is no URL with a host that is written out`,
        'Such as http://crm:8080/customers/{value.customer}; expressions stand behind the host',
      );
    const pieces = piecesOf(part, json);
    return (record) => {
      const texts = pieces.map((piece) => (typeof piece === 'string' ? piece : encoded(piece(record))));
      return texts.includes('') ? undefined : texts.join('');
    };
  },
};

/** Texts (never empty) and expressions. */
function piecesOf(part: Part, text: string): (string | Apply)[] {
  const pieces: (string | Apply)[] = [];
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{', at);
    const end = open === -1 ? text.length : open;
    if (text.slice(at, end).includes('}'))
      part.fail(
        "there is a '}' without its '{'",
        'Write %7D for a brace',
        part.siteOf(text.indexOf('}', at)),
      );
    if (end > at) pieces.push(text.slice(at, end));
    if (open === -1) break;
    const close = text.indexOf('}', open);
    if (close === -1) part.fail("there is a '{' without its '}'", 'Write %7B for a brace', part.siteOf(open));
    const source = text.slice(open + 1, close);
    if (source.trim() === '')
      part.fail('there is nothing in the braces', 'Such as {value.id}', part.siteOf(open));
    pieces.push(expressionIn(part, source, open + 1));
    at = close + 1;
  }
  return pieces;
}

function encoded(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    throw new TypeError(`a URL takes text and numbers, not ${JSON.stringify(value)}`);
  const text = String(value);
  if (text === '.' || text === '..') throw new TypeError(`'${text}' in a URL leads to another place`);
  return encodeURIComponent(text);
}
