/**
 * Layout: what a JSON text has beyond its tree: white space, spellings (1.10, \u00e9, 1E5), members that a later one with the
 * same key makes void. It is told as the difference to a style (print-json.ts), token by token; most texts have none.
 *
 *   style    the style that comes closest, when it is not the one that was expected
 *   tokens   [[index, text] ...]  tokens that the style would write otherwise, with the white space before them
 *   void     [[index, text] ...]  what stood before this token and counts for nothing
 *   end      white space behind the last token
 */
import { isObject, type Json, JsonNumber, type JsonObject } from './json.ts';
import type { TokenRange } from './parse-json.ts';
import { printJson, STYLES, type StyleName } from './print-json.ts';

const TOKEN = /[ \t\n\r]*(?:"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:])/g;

/** The tokens of a JSON text, each with the white space before it. */
export function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** What `text`, whose tree `tree` is (in its order), needs beside it; undefined: nothing. */
export function layoutOf(
  text: string,
  tree: Json,
  superseded: readonly TokenRange[],
  expected: StyleName,
): JsonObject | undefined {
  if (superseded.length === 0 && printJson(tree, STYLES[expected]) === text) return undefined;
  const all = tokensOf(text);
  const end = text.slice(all.reduce((length, token) => length + token.length, 0));
  const { kept, voided } = withoutVoid(all, superseded);
  const { style, tokens } = closest(kept, tree, expected);
  const layout: JsonObject = new Map();
  if (style !== expected) layout.set('style', style);
  if (tokens.length > 0) layout.set('tokens', tokens);
  if (voided.length > 0) layout.set('void', voided);
  if (end !== '') layout.set('end', end);
  return layout;
}

/** The text again. Nonsense for another tree than the one that the layout was taken from: compare hashes. */
export function withLayout(tree: Json, layout: JsonObject, expected: StyleName): string {
  const style = layout.get('style');
  const tokens = tokensOf(printJson(tree, STYLES[isStyle(style) ? style : expected]));
  for (const [index, token] of places(layout.get('tokens'))) if (index < tokens.length) tokens[index] = token;
  for (const [index, token] of places(layout.get('void')))
    if (index < tokens.length) tokens[index] = token + tokens[index]!;
  const end = layout.get('end');
  return tokens.join('') + (typeof end === 'string' ? end : '');
}

export function isStyle(name: Json | undefined): name is StyleName {
  return typeof name === 'string' && Object.hasOwn(STYLES, name);
}

function withoutVoid(all: readonly string[], superseded: readonly TokenRange[]) {
  const kept: string[] = [];
  const voided: Json[] = [];
  let next = 0;
  for (const { start, end } of superseded) {
    if (start < next) continue; // inside of one that is void as a whole
    kept.push(...all.slice(next, start));
    voided.push([JsonNumber.of(kept.length), all.slice(start, end).join('')]);
    next = end;
  }
  kept.push(...all.slice(next));
  return { kept, voided: joined(voided) };
}

/** Two voids before the same token are one. */
function joined(voided: readonly Json[]): Json[] {
  const texts = new Map<string, string>();
  for (const [index, text] of voided as [JsonNumber, string][])
    texts.set(index.text, (texts.get(index.text) ?? '') + text);
  return [...texts].map(([index, text]) => [new JsonNumber(index), text]);
}

/** The style with the fewest differences; of equals the expected one, then the first. */
function closest(kept: readonly string[], tree: Json, expected: StyleName) {
  const others = (Object.keys(STYLES) as StyleName[]).filter((style) => style !== expected);
  let best: { style: StyleName; tokens: Json[] } | undefined;
  for (const style of [expected, ...others]) {
    const printed = tokensOf(printJson(tree, STYLES[style]));
    const tokens: Json[] = [];
    for (const [index, token] of kept.entries())
      if (token !== printed[index]) tokens.push([JsonNumber.of(index), token]);
    if (best === undefined || tokens.length < best.tokens.length) best = { style, tokens };
    if (best.tokens.length === 0) break;
  }
  return best!;
}

function* places(list: Json | undefined): Generator<[number, string]> {
  if (!Array.isArray(list)) return;
  for (const place of list)
    if (Array.isArray(place) && place[0] instanceof JsonNumber && typeof place[1] === 'string')
      yield [Number(place[0].text), place[1]];
}

/** Whether a complement's part may be used as a layout. */
export function layoutIn(complement: JsonObject): JsonObject | undefined {
  const layout = complement.get('text');
  return isObject(layout) ? layout : undefined;
}
