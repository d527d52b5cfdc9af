/**
 * Alter: what IncrementalAlterConfigs does to the texts of one resource. Pure: answers what to write down, changes nothing.
 *
 * All or nothing: one wrong operation refuses them all. The result still passes the resource's own `parse...Configs`.
 */
import { type Settings, splitList } from './setting.ts';
import { findSetting, InvalidSetting } from './settings.ts';

export const ALTER_OPERATIONS = ['set', 'delete', 'append', 'subtract'] as const;
export type AlterOperation = (typeof ALTER_OPERATIONS)[number];

export interface Alteration {
  readonly name: string;
  readonly operation: AlterOperation;
  readonly value: string | null;
}

/**
 * The new text by name; null: removed. `current` answers the text that counts now (append and subtract start from it,
 * be it a default).
 */
export function alterTexts(
  settings: Settings,
  current: (name: string) => string | undefined,
  alterations: readonly Alteration[],
): Map<string, string | null> {
  const altered = new Map<string, string | null>();
  for (const { name, operation, value } of alterations) {
    if (operation === 'delete') {
      altered.set(name, null);
      continue;
    }
    if (value === null) throw new InvalidSetting(name, `${name}: ${operation} needs a value`);
    altered.set(
      name,
      operation === 'set' ? value : changedList(settings, current, { name, operation, value }),
    );
  }
  return altered;
}

function changedList(
  settings: Settings,
  current: (name: string) => string | undefined,
  { name, operation, value }: { name: string; operation: 'append' | 'subtract'; value: string },
): string {
  if (findSetting(settings, name)?.type !== 'list')
    throw new InvalidSetting(name, `${name} is not a list: ${operation} is for lists`);
  const items = splitList(current(name) ?? findSetting(settings, name)!.default ?? '');
  const named = splitList(value);
  const kept =
    operation === 'append'
      ? [...items, ...named.filter((item) => !items.includes(item))]
      : items.filter((item) => !named.includes(item));
  return kept.join(',');
}
