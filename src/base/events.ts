/**
 * Events: what the rooms tell the operator. A sink is passed by hand; the program prints it with its logger,
 * tests collect it, the simulator folds it into the trace.
 *
 * `fields` are plain values (numbers, strings, booleans): they become JSON.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error';
export type EventSink = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export const silent: EventSink = () => {};
