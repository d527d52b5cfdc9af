/** Text for people: numbers with units, plurals, tables, durations. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `2.1 GB`: decimal units, two digits that count. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function numberText(count: number): string {
  // toLocaleString would load the tables of all languages, which every start waits for.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Columns as wide as their widest cell; numbers to the right. */
export function tableText(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column] ?? '').length)),
  );
  const isNumber = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, column) =>
        isNumber[column] ? String(cell).padStart(widths[column]!) : String(cell).padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return `${[head.map((title) => title.toUpperCase()), ...rows].map(line).join('\n')}\n`;
}

/** A command's argument as a shell takes it back. */
export function shellText(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
