/** nodeHttp: real services. Connections are kept and used again; those that are idle keep no process alive. */
import type { Http, HttpAnswer, HttpRequest } from '../http.ts';

export const nodeHttp: Http = {
  async get(url: string, { headers, maxBytes, signal }: HttpRequest): Promise<HttpAnswer> {
    try {
      const response = await fetch(url, { headers, signal, redirect: 'manual' });
      const location = response.headers.get('location');
      return { status: response.status, body: await bodyOf(response, maxBytes), location };
    } catch (error) {
      throw new Error(reasonOf(error), { cause: error });
    }
  },
};

async function bodyOf({ body }: Response, maxBytes: number): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`); // the rest is not read
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

/** `fetch failed` says nothing: the reason is in its cause, or in several where a name has several addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
