/**
 * Handler: one API of the wire: which versions are served, which rooms it may touch, and what it does.
 *
 * `needs` is the whole list of what the handler can reach; anything else is a compile error. The order-sensitive part of
 * a handler happens before its first `await`: requests of one connection start in order, and so they take effect in order.
 */
import type { Frame } from '../journal/index.ts';
import type { Api, ErrorName, Input, KafkaError } from '../protocol/index.ts';
import type { Broker } from './broker.ts';

/** The memory that one connection may take: what goes beyond it waits. */
export interface Room {
  /** Room for an answer of up to `wanted` bytes, at least `least`; 0: the connection is gone. Only of requests that read the log. */
  reserve(wanted: number, least: number): number | Promise<number>;
  /** The answer lies in this memory (`env.buffers`), held for it: released when the answer has left. Only of requests that read the log. */
  lend(held: readonly Buffer[]): void;
  /** Counts memory that the request takes beyond its own bytes. In the turn of its start only. */
  weigh(bytes: number): void;
  /** No further request of the connection starts until then. In the turn of its start only. */
  hold(until: Promise<void>): void;
}

export interface RequestContext {
  readonly version: number;
  readonly clientId: string | null;
  /** The listener that the client came through: its name decides which address is given back. */
  readonly listener: string;
  /** `host:port` of the client. */
  readonly remote: string;
  readonly connectionId: number;
  /** Aborts when the connection is gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly room: Room;
  /** The bytes of the request have their memory alone: who holds it (`env.buffers`) in this turn may keep them, without a copy. */
  readonly ownsBytes: boolean;
}

/** null: no answer at all (produce with acks=0). */
export type Handled<Response> = Response | null | OnceDurable<Response> | Promise<Response | null>;

/** An answer that is made once a frame is durable, or the error says that nobody knows. All that wait for a frame share one promise. */
export class OnceDurable<Response> {
  readonly frame: Frame;
  readonly answer: (error: KafkaError | undefined) => Response | null;

  constructor(frame: Frame, answer: (error: KafkaError | undefined) => Response | null) {
    this.frame = frame;
    this.answer = answer;
  }

  promise(): Promise<Response | null> {
    return this.frame.durable.then(
      () => this.answer(undefined),
      (error: KafkaError) => this.answer(error),
    );
  }
}

export interface Handler {
  readonly api: Api;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** What ApiVersions lists; wider than what is served only where a client insists (KAFKA-18659). */
  readonly advertisedMinVersion: number;
  readonly handle: (broker: Broker, request: never, context: RequestContext) => Handled<never>;
  /** The answer that refuses the whole request with one error: injected faults, and requests that came too late. */
  readonly refuse: ((request: never, error: ErrorName, context: RequestContext) => unknown) | undefined;
}

export interface HandlerOptions<Request, Response> {
  readonly advertisedMinVersion?: number;
  readonly refuse?: (request: Request, error: ErrorName, context: RequestContext) => Input<Response>;
}

export function handler<Request, Response, Needs extends keyof Broker>(
  api: Api<Request, Response>,
  versions: readonly [min: number, max: number],
  _needs: readonly Needs[],
  handle: (
    broker: Pick<Broker, Needs>,
    request: Request,
    context: RequestContext,
  ) => Handled<Input<NoInfer<Response>>>,
  options: HandlerOptions<NoInfer<Request>, NoInfer<Response>> = {},
): Handler {
  return {
    api,
    minVersion: versions[0],
    maxVersion: versions[1],
    advertisedMinVersion: options.advertisedMinVersion ?? versions[0],
    handle: handle as unknown as Handler['handle'],
    refuse: options.refuse as unknown as Handler['refuse'],
  };
}
