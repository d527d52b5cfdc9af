/** Api: one request and its response under one key, and which headers they travel with. */
import { assert } from '../base/index.ts';
import type { Message } from './schema.ts';

export interface Api<Q = any, A = any> {
  readonly key: number;
  readonly name: string;
  readonly request: Message<Q>;
  readonly response: Message<A>;
  readonly versionMin: number;
  readonly versionMax: number;
}

export const API_VERSIONS_KEY = 18;

export function api<Q, A>(key: number, name: string, request: Message<Q>, response: Message<A>): Api<Q, A> {
  const { versionMin, versionMax } = request;
  assert(
    response.versionMin === versionMin && response.versionMax === versionMax,
    () => `${name}: a response must have the versions of its request`,
  );
  return { key, name, request, response, versionMin, versionMax };
}

/** Also for versions above ours: a client may introduce itself with a newer ApiVersions. */
export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return api.request.isFlexible(version) ? 2 : 1;
}

/** An ApiVersions answer keeps the oldest header: its reader does not know yet what we speak. */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return api.key !== API_VERSIONS_KEY && api.response.isFlexible(version) ? 1 : 0;
}
