/** `field: a` or `fields: [a, b]`: which fields a step is for. */
import type { Part } from '../part.ts';
import type { Path } from '../path.ts';

export function fieldsOf(part: Part): Path[] {
  const many = part.find('fields');
  if (many === undefined) return [part.require('field').path()];
  if (part.find('field') !== undefined) part.fail("either 'field' or 'fields'");
  const paths = many.items().map((item) => item.path());
  if (paths.length === 0) many.fail('must name at least one field');
  return paths;
}
