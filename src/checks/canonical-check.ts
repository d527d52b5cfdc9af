/**
 * canonicalCheck: a canonical definition's text as a RecordCheck: the header names a form of the definition, and the value is the one
 * text that it has. Loaded in check threads at the first use: nobody else needs the room.
 */
import { createRequire } from 'node:module';
import type { RecordCheck } from './record-check.ts';

type Canonical = typeof import('../canonical/index.ts');

const load = createRequire(import.meta.url);
const FILE = import.meta.url.endsWith('.ts') ? '../canonical/index.ts' : '../canonical/index.js';

/** Throws an Error that says what is wrong with the definition. */
export function canonicalCheck(text: string): RecordCheck {
  const { CanonicalCheck, FORM_HEADER, parseJsonDefinition } = load(FILE) as Canonical;
  const canonical = new CanonicalCheck(parseJsonDefinition(text, 'the published definition'));
  return ({ value, headers }) => {
    const form = headers.findLast(([name]) => name === FORM_HEADER)?.[1];
    const refusal = canonical.check(value, form ? Buffer.from(form).toString() : undefined);
    return refusal === undefined ? undefined : { ...refusal, field: refusal.field || 'record' };
  };
}
