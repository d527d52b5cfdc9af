/** DataFolder: its name where none is given, what lies in it, and what does not belong there. */

export const DEFAULT_FOLDER = 'gregor-data';

/** What this program, and a file system's root, put there. */
const OURS =
  /^(\.gitignore|\.lock(-journal)?|\.nfs.*|journal|partitions|quarantine|admin\.sock|manifest-[ab](\.new)?|lost\+found)$/;

export function foreignNames(names: readonly string[]): string[] {
  return names.filter((name) => !OURS.test(name));
}
