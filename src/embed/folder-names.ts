/** FolderNames: what lies in a data folder, and what does not belong there. */

/** What this program, and a file system's root, put there. */
const OURS =
  /^(\.gitignore|\.lock(-journal)?|\.nfs.*|journal|partitions|quarantine|admin\.sock|manifest-[ab](\.new)?|lost\+found)$/;

export function foreignNames(names: readonly string[]): string[] {
  return names.filter((name) => !OURS.test(name));
}
