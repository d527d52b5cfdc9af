/**
 * Dispatch: a frame comes in, an answer goes out. The only generic path: header → handler → decode → call → encode.
 *
 * What a client can get wrong here: an API that does not exist or a version that is not served. ApiVersions answers the
 * latter in v0 with its own range (clients try again); for every other API the connection ends, as in Kafka: without
 * the schema nobody can say where an error code would stand.
 */
import {
  type Api,
  API_VERSIONS_KEY,
  apiVersionsApi,
  ByteReader,
  KafkaError,
  MalformedMessage,
  readRequestHeader,
  responseFrame,
} from '../protocol/index.ts';
import { ownsMemory } from '../rpc/index.ts';
import type { Broker } from './broker.ts';
import type { Faults } from './faults.ts';
import type { Handler, RequestContext, Room } from './handler.ts';

export type Answer = readonly Uint8Array[] | undefined;

/** Who sent it; the same for all requests of a connection. */
export interface Peer {
  readonly listener: string;
  readonly remote: string;
  readonly connectionId: number;
  readonly signal: AbortSignal;
  readonly room: Room;
}

/** Elements of all arrays of one request together; each costs memory and a part of the turn. */
const REQUEST_ELEMENTS_MAX = 250_000;
/** What one element of an array takes when it is read. */
const ELEMENT_BYTES = 128;
/** A request takes so many times its bytes when it is read, without being counted for more. */
const USUAL_GROWTH = 8;

export class Dispatch {
  readonly #broker: Broker;
  readonly #handlers = new Map<number, Handler>();
  readonly #faults: Faults;

  constructor(broker: Broker, handlers: readonly Handler[], faults: Faults) {
    this.#broker = broker;
    this.#faults = faults;
    for (const handler of handlers) this.#handlers.set(handler.api.key, handler);
  }

  /**
   * `frame` is valid during the synchronous part only: what outlives it must be copied by who keeps it, but for a frame
   * that fills its memory, which is given away with the call.
   */
  handle(frame: Buffer, peer: Peer): Answer | Promise<Answer> {
    const reader = new ByteReader(frame);
    reader.elementsMax = REQUEST_ELEMENTS_MAX;
    const header = readRequestHeader(reader, this.#findApi);
    const { requestApiKey: apiKey, requestApiVersion: version, correlationId, clientId } = header;
    const handler = this.#handlers.get(apiKey);
    if (handler === undefined) throw new MalformedMessage(`API key ${apiKey} is not served`);
    if (version < handler.minVersion || version > handler.maxVersion)
      return unservedVersion(handler, version, correlationId);
    const request = handler.api.request.read(reader, version);
    const bytes = reader.elements * ELEMENT_BYTES;
    if (bytes > frame.length * USUAL_GROWTH) peer.room.weigh(bytes);
    const context: RequestContext = { ...peer, version, clientId, ownsBytes: ownsMemory(frame) };
    const fault = this.#faults.take(handler.api.name);
    const handled =
      fault !== undefined && handler.refuse !== undefined
        ? handler.refuse(request as never, fault, context)
        : handler.handle(this.#broker, request as never, context);
    if (handled instanceof Promise)
      return handled.then((response) => encode(handler, version, correlationId, response));
    return encode(handler, version, correlationId, handled);
  }

  readonly #findApi = (key: number): Api | undefined => this.#handlers.get(key)?.api;
}

function unservedVersion(handler: Handler, version: number, correlationId: number): Answer {
  const { api, minVersion, maxVersion } = handler;
  if (api.key !== API_VERSIONS_KEY)
    throw new MalformedMessage(`${api.name} v${version} is not served (v${minVersion}–v${maxVersion} are)`);
  const errorCode = new KafkaError('UNSUPPORTED_VERSION').code;
  return responseFrame(apiVersionsApi, 0, correlationId, {
    errorCode,
    apiKeys: [{ apiKey: api.key, minVersion, maxVersion }],
  });
}

function encode(handler: Handler, version: number, correlationId: number, response: unknown): Answer {
  if (response === null) return undefined;
  return responseFrame(handler.api, version, correlationId, response as never);
}
