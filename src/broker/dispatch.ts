/**
 * Dispatch: a frame comes in, an answer goes out. The only generic path: header -> handler -> decode -> call -> encode.
 *
 * What a client can get wrong here: an API that does not exist or a version that is not served. ApiVersions answers the
 * latter in v0 with its own range (clients try again); for every other API the connection ends, as in Kafka: without
 * the schema nobody can say where an error code would stand.
 */
import type { Frame, FrameWaiter } from '../journal/index.ts';
import {
  type Api,
  API_VERSIONS_KEY,
  apiVersionsApi,
  ByteReader,
  KafkaError,
  MalformedMessage,
  type RequestHeader,
  readRequestHeader,
  responseFrame,
} from '../protocol/index.ts';
import {
  type Answer,
  type AnswerReceiver,
  type AnswerSoon,
  type LaterAnswer,
  ownsMemory,
} from '../rpc/index.ts';
import type { Broker } from './broker.ts';
import type { Faults } from './faults.ts';
import { type Handler, OnceDurable, type RequestContext, type Room } from './handler.ts';
import type { Refused } from './refusals.ts';

/** Who sent it: a connection. */
export interface Peer extends Room {
  readonly id: number;
  readonly listener: string;
  readonly remote: string;
  readonly signal: AbortSignal;
}

/** Elements of all arrays of one request together; each costs memory and a part of the turn. */
const REQUEST_ELEMENTS_MAX = 250_000;
/** From here on a request is much work: its connection starts no other in the same turn. */
const MUCH_WORK_ELEMENTS_MIN = 10_000;
/** What one element of an array takes when it is read. */
const ELEMENT_BYTES = 128;
/** A request takes so many times its bytes when it is read, without being counted for more. */
const USUAL_GROWTH = 8;

class UnservedVersion extends MalformedMessage {}

export class Dispatch {
  readonly #broker: Broker;
  readonly #handlers = new Map<number, Handler>();
  readonly #faults: Faults;
  /** Of the answer that was written last. */
  readonly #tally = { errorCodes: 0 };

  constructor(broker: Broker, handlers: readonly Handler[], faults: Faults) {
    this.#broker = broker;
    this.#faults = faults;
    for (const handler of handlers) this.#handlers.set(handler.api.key, handler);
  }

  /**
   * `frame` is valid during the synchronous part only: what outlives it must be copied by who keeps it, or the memory of a frame
   * that has it alone (`ownsBytes`) must be held.
   */
  handle(frame: Buffer, peer: Peer): AnswerSoon {
    const reader = new ByteReader(frame);
    reader.elementsMax = REQUEST_ELEMENTS_MAX;
    let header: RequestHeader | undefined;
    try {
      header = readRequestHeader(reader, this.#findApi);
      return this.#serve(frame, reader, header, peer);
    } catch (error) {
      this.#ended(error, header, peer);
      throw error;
    }
  }

  #serve(frame: Buffer, reader: ByteReader, header: RequestHeader, peer: Peer): AnswerSoon {
    const { requestApiKey: apiKey, requestApiVersion: version, correlationId, clientId } = header;
    const handler = this.#handlers.get(apiKey);
    if (handler === undefined) throw new MalformedMessage(`API key ${apiKey} is not served`);
    if (version < handler.minVersion || version > handler.maxVersion)
      return unservedVersion(handler, version, correlationId);
    const request = handler.api.request.read(reader, version);
    const bytes = reader.elements * ELEMENT_BYTES;
    if (bytes > frame.length * USUAL_GROWTH) peer.weigh(bytes);
    if (reader.elements >= MUCH_WORK_ELEMENTS_MIN) peer.hold(this.#broker.clock.turn());
    const context: RequestContext = {
      version,
      clientId,
      listener: peer.listener,
      remote: peer.remote,
      connectionId: peer.id,
      signal: peer.signal,
      room: peer,
      ownsBytes: ownsMemory(frame),
    };
    const fault = this.#faults.take(handler.api.name);
    const handled =
      fault !== undefined && handler.refuse !== undefined
        ? handler.refuse(request as never, fault, context)
        : handler.handle(this.#broker, request as never, context);
    if (handled instanceof OnceDurable) return this.#onceDurable(handled, handler, header, peer);
    if (handled instanceof Promise) return this.#later(handled, handler, header, peer);
    return this.#encode(handler, header, handled as object | null, peer);
  }

  #onceDurable(
    { frame, answer }: OnceDurable<object>,
    handler: Handler,
    header: RequestHeader,
    peer: Peer,
  ): AnswerSoon {
    return new DurableAnswer(frame, (error) => {
      try {
        return this.#encode(handler, header, answer(error), peer);
      } catch (cause) {
        this.#ended(cause, header, peer);
        throw cause;
      }
    });
  }

  #later(
    handled: Promise<object | null>,
    handler: Handler,
    header: RequestHeader,
    peer: Peer,
  ): Promise<Answer> {
    return handled.then(
      (response) => this.#encode(handler, header, response, peer),
      (error: unknown) => {
        this.#ended(error, header, peer);
        throw error;
      },
    );
  }

  #encode({ api }: Handler, header: RequestHeader, response: object | null, peer: Peer): Answer {
    if (response === null) return undefined;
    const { requestApiVersion: version, correlationId } = header;
    const parts = responseFrame(api, version, correlationId, response as never, this.#tally);
    if (this.#tally.errorCodes > 0) this.#broker.refusals.answered(this.#whoIs(header, peer), response);
    return parts;
  }

  /** The connection ends with this: people who ask why shall find it. */
  #ended(error: unknown, header: RequestHeader | undefined, peer: Peer): void {
    const who = this.#whoIs(header, peer);
    if (error instanceof KafkaError) this.#broker.refusals.ended(who, error.errorName, error.explanation);
    else if (error instanceof UnservedVersion)
      this.#broker.refusals.ended(who, 'UNSUPPORTED_VERSION', error.message);
    else if (error instanceof MalformedMessage)
      this.#broker.refusals.ended(who, 'INVALID_REQUEST', error.message);
  }

  #whoIs(header: RequestHeader | undefined, { remote }: Peer): Refused {
    const address = remote.slice(0, remote.lastIndexOf(':'));
    if (header === undefined) return { address, clientId: null, api: undefined };
    const { requestApiKey: key, requestApiVersion: version, clientId } = header;
    return { address, clientId, api: { name: this.#findApi(key)?.name ?? `API key ${key}`, version } };
  }

  readonly #findApi = (key: number): Api | undefined => this.#handlers.get(key)?.api;
}

/** Waits for its frame, then makes the answer. */
class DurableAnswer implements LaterAnswer, FrameWaiter {
  readonly #frame: Frame;
  readonly #make: (error: KafkaError | undefined) => Answer;
  #receiver: AnswerReceiver | undefined;

  constructor(frame: Frame, make: (error: KafkaError | undefined) => Answer) {
    this.#frame = frame;
    this.#make = make;
  }

  tell(receiver: AnswerReceiver): void {
    this.#receiver = receiver;
    this.#frame.tell(this);
  }

  settled(error: KafkaError | undefined): void {
    const receiver = this.#receiver!;
    let answer: Answer;
    try {
      answer = this.#make(error);
    } catch (cause) {
      receiver.failed(cause);
      return;
    }
    receiver.answered(answer);
  }
}

function unservedVersion(handler: Handler, version: number, correlationId: number): Answer {
  const { api, minVersion, maxVersion } = handler;
  if (api.key !== API_VERSIONS_KEY)
    throw new UnservedVersion(`${api.name} v${version} is not served (v${minVersion}-v${maxVersion} are)`);
  const errorCode = new KafkaError('UNSUPPORTED_VERSION').code;
  return responseFrame(apiVersionsApi, 0, correlationId, {
    errorCode,
    apiKeys: [{ apiKey: api.key, minVersion, maxVersion }],
  });
}
