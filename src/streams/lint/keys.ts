/**
 * Keys: whether records that must meet do meet. Those that agree in what a step goes by meet in one task only when their key follows
 * from it: dedupe by order and version meets under the key order, and does not under the key customer.
 *
 * Nothing is said where a function's fields are not known, or a step between may have changed the value: no false alarm.
 */
import type { PlanNode, StepNode } from '../plan/node.ts';
import { siteOf } from '../plan/site.ts';
import type { Face, Facts, Finding } from './finding.ts';

/** They leave the value as it is. */
const KEEPS_VALUE = new Set([
  'filter',
  'tap',
  'eventTime',
  'dedupe',
  'reorder',
  'branch',
  'merge',
  'throttle',
]);

export function keyFindings(node: StepNode, name: string, face: Face, facts: Facts | undefined): Finding[] {
  const paths = node.meets?.paths;
  if (paths === undefined || paths.includes('key')) return [];
  const common = { step: name, site: siteOf(node) };
  const by = `${node.type} by ${fieldsText(paths)}`;
  const fix = keyFix(paths[0]!, face);
  return originsOf(node).flatMap(({ origin, isSame }): Finding[] => {
    if (origin.kind === 'source') {
      const { partitions = 1 } = facts?.get(origin.topic) ?? {};
      if (partitions <= 1) return [];
      const apart =
        node.outside?.kind.startsWith('redis-') === true ? ', and in Redis too each has its own' : '';
      const reason = `${by}, but nothing says that equal ones come in the same one of the ${partitions} partitions of ${origin.topic}${apart}`;
      return [{ ...common, rule: 'no-key', level: 'warning', reason, fix }];
    }
    if (origin.kind !== 'rekey' || origin.paths === undefined || !isSame) return [];
    if (origin.paths.every((path) => paths.some((one) => path === one || path.startsWith(`${one}.`))))
      return [];
    const reason = `${by}, but records are keyed by ${fieldsText(origin.paths)}`;
    return [{ ...common, rule: 'partition-key', level: 'error', reason, fix }];
  });
}

interface Origin {
  readonly origin: PlanNode;
  /** The value is still the one that the key was taken from. */
  readonly isSame: boolean;
}

/** Where the records got their key. */
function originsOf(node: PlanNode, isSame = true): Origin[] {
  return node.inputs.flatMap(({ node: before }): Origin[] => {
    if (before.kind === 'source' && before.table !== undefined) return []; // it brings no records
    if (before.kind !== 'step') return [{ origin: before, isSame }];
    return originsOf(before, isSame && KEEPS_VALUE.has(before.type));
  });
}

export function fieldsText(paths: readonly string[]): string {
  return paths.map((path) => path.replace(/^value\./, '').replace(/^value$/, 'content')).join(', ');
}

function keyFix(path: string, face: Face): string {
  if (path === 'value') return 'add a keyBy of a field that equal records share';
  if (face === 'yaml') return `add before it: - keyBy: ${path}`;
  if (path.startsWith('headers.'))
    return `add a keyBy of the header '${path.slice('headers.'.length)}' before it`;
  return `add before it: .keyBy((r) => r.${path})`;
}
