/** CopyDamage as a line: what a backup or a restore could not copy whole. */
import type { CopyDamage } from '../../backup/index.ts';

export function copyDamageText(damage: CopyDamage): string {
  const { file, from, to, what, firstOffset, lastOffset } = damage;
  return `DAMAGE  ${file}, bytes ${from}–${Math.max(from, to - 1)}: ${what}; offsets ${firstOffset}–${lastOffset} were copied as they are. See: gregor verify\n`;
}
