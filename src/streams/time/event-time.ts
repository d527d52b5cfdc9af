/** Event time as it stands in records: milliseconds, a Date, or ISO 8601 text that says its zone. */
export type EventTime = number | Date | string;

/** A time of day without a zone would be another moment on another machine. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

/** Whole milliseconds since the epoch. Throws when it is none of these. */
export function eventTimeMs(time: EventTime): number {
  const ms = time instanceof Date ? time.getTime() : typeof time === 'string' ? parse(time) : time;
  if (typeof ms !== 'number' || !Number.isFinite(ms))
    throw new TypeError(
      `the event time is ${JSON.stringify(time) ?? String(time)}: milliseconds, a Date, or ISO 8601 text with its zone is needed`,
    );
  return Math.floor(ms);
}

function parse(text: string): number {
  return ISO.test(text) ? Date.parse(text) : Number.NaN;
}
