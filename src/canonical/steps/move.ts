/** rename and move: a field gets another name, or another place. Objects that come to be empty go, and come back. */
import type { JsonObject } from '../json.ts';
import type { Part } from '../part.ts';
import type { Path } from '../path.ts';
import { Refused } from '../refused.ts';
import type { Step } from './step.ts';

/** `rename: { orderNo: orderId, customer.no: id }`: the parent stays. */
export function renameSteps(part: Part): Step[] {
  return part.members().map(([, to]) => {
    const from = to.keyPath();
    return moveStep('rename', from, from.sibling(to.text()));
  });
}

/** `move: { from: customer.id, to: customerId }`. */
export function moveSteps(part: Part): Step[] {
  part.members(['from', 'to']);
  return [moveStep('move', part.require('from').path(), part.require('to').path())];
}

function moveStep(name: string, from: Path, to: Path): Step {
  return {
    title: `${name} ${from.text}`,
    class: 'iso',
    get(document) {
      if (from.find(document) === undefined) requireFree(document, to, `${from.text} would become it`);
      else relocate(document, from, to);
      return undefined;
    },
    put(document) {
      if (to.find(document) !== undefined) relocate(document, to, from);
    },
  };
}

function relocate(document: JsonObject, from: Path, to: Path): void {
  const value = from.take(document)!;
  requireFree(document, to, `${from.text} becomes it`);
  if (!to.set(document, value)) throw new Refused(to.text, 'something that is no object stands in the way');
}

function requireFree(document: JsonObject, path: Path, why: string): void {
  if (path.find(document) !== undefined)
    throw new Refused(path.text, `is there already, and ${why}: rename or drop it first`);
}
