/** Versions: '3+', '0-12' or '7', the notation for the versions that a field or a message has. */
export type Versions = `${number}+` | `${number}-${number}` | `${number}`;

/** Both ends inclusive; an open end is Infinity. */
export function rangeOf(versions: Versions): readonly [min: number, max: number] {
  if (versions.endsWith('+')) return [Number(versions.slice(0, -1)), Infinity];
  const [min, max] = versions.split('-');
  return [Number(min), Number(max ?? min)];
}

/** Left out means: all. */
export function includes(versions: Versions | undefined, version: number): boolean {
  if (versions === undefined) return true;
  const [min, max] = rangeOf(versions);
  return version >= min && version <= max;
}
