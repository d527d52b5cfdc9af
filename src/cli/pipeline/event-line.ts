/** What a running pipeline tells, as a line: `warn pipeline.task.failed task=by-order/0 message=...`. */
export function eventLine(
  level: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return [level, message, ...told].join(' ');
}
