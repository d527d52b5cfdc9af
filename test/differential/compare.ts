/** Compare: two outcomes, field by field. Pure. Elements of arrays are compared by what names them, where something does. */
import { nameOfElements } from './normalise.ts';

/** One field in which the answers differ. */
export interface Difference {
  /** The step among those with an outcome, then the way to the field: `2/topics/orders/partitions/0/errorCode`. */
  readonly path: string;
  readonly kafka: unknown;
  readonly ours: unknown;
}

/** Stands for a field or an element that one of the two does not have. */
export const ABSENT = '<absent>';

type Branch = Readonly<Record<string, unknown>>;

export function differences(kafka: unknown, ours: unknown, path = ''): Difference[] {
  if (Object.is(kafka, ours)) return [];
  const [theirs, here] = path === '' ? stepsOf(kafka, ours) : branchesOf(kafka, ours);
  if (theirs === undefined || here === undefined) return [{ path, kafka, ours }];
  const names = new Set([...Object.keys(theirs), ...Object.keys(here)]);
  return [...names].flatMap((name) =>
    differences(
      name in theirs ? theirs[name] : ABSENT,
      name in here ? here[name] : ABSENT,
      path === '' ? name : `${path}/${name}`,
    ),
  );
}

/** Steps go by their place, whatever they answer. */
function stepsOf(kafka: unknown, ours: unknown): readonly [Branch?, Branch?] {
  return Array.isArray(kafka) && Array.isArray(ours) ? [{ ...kafka }, { ...ours }] : branchesOf(kafka, ours);
}

function branchesOf(kafka: unknown, ours: unknown): readonly [Branch?, Branch?] {
  if (typeof kafka !== 'object' || typeof ours !== 'object' || kafka === null || ours === null) return [];
  if (!Array.isArray(kafka) && !Array.isArray(ours)) return [kafka as Branch, ours as Branch];
  if (!Array.isArray(kafka) || !Array.isArray(ours)) return [];
  const name = nameOfElements([...kafka, ...ours]);
  const [theirs, here] = [named(kafka, name), named(ours, name)];
  if (theirs !== undefined && here !== undefined) return [theirs, here];
  return name === 'memberId' || name === 'topicId'
    ? [byContent(kafka), byContent(ours)]
    : [{ ...kafka }, { ...ours }];
}

/** Members and topics whose ids were made by the broker: Kafka tells them in the order of a hash table. */
function byContent(elements: readonly unknown[]): Branch {
  return {
    ...elements
      .map((element) => [JSON.stringify(element), element] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, element]) => element),
  };
}

/** Undefined: only their places tell the elements apart. */
function named(elements: readonly unknown[], name: string | undefined): Branch | undefined {
  if (name === undefined) return undefined;
  const byName = new Map(elements.map((element) => [String((element as Branch)[name]), element]));
  return byName.size === elements.length ? Object.fromEntries(byName) : undefined;
}
