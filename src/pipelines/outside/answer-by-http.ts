/**
 * A service answers over HTTP (streams/operators/enrich.ts, E1 to E4): the question is the whole URL.
 *
 *   200             the answer, as JSON
 *   204, 404, 410   there is none
 *   408, 425, 429, 5xx, no answer, no JSON      asked again
 *   anything else   it will say the same next time: refused at once
 */
import type { Http, HttpAnswer } from '../../env/index.ts';
import { type HttpLookupSettings, type Lookup, type LookupSettings, PlanError } from '../../streams/index.ts';
import { type Answerer, type AnswererSettings, Unanswerable } from './answerer.ts';
import { answerByLookup } from './answer-by-lookup.ts';

const ANSWER_BYTES_MAX = 1024 * 1024;
const NOTHING = new Set([204, 404, 410]);
const PASSING = new Set([408, 425, 429]);
const SHOWN = 100;

export async function answerByHttp(settings: unknown, task: AnswererSettings): Promise<Answerer> {
  const { headers, ...limits } = settings as HttpLookupSettings;
  if (task.http === undefined)
    throw new PlanError(`${task.step}: nothing is asked over HTTP here: give runPipeline(…) { http }`);
  const lookup = lookupBy(task.http, { accept: 'application/json', ...headers });
  return answerByLookup({ ...limits, lookup } satisfies LookupSettings, task);
}

function lookupBy(http: Http, headers: Readonly<Record<string, string>>): Lookup<unknown, unknown> {
  return async (url, { signal }) => {
    const text = String(url);
    if (!/^https?:\/\//.test(text) || !URL.canParse(text))
      throw new Unanswerable(`'${text}' is no URL of the form http://HOST/PATH or https://HOST/PATH`);
    return foundIn(text, await http.get(text, { headers, maxBytes: ANSWER_BYTES_MAX, signal }));
  };
}

function foundIn(url: string, { status, body, location }: HttpAnswer): unknown {
  if (NOTHING.has(status)) return undefined;
  if (status !== 200) {
    const said = location === null ? startOf(body) : ` and leads to ${location}: ask there`;
    const message = `'${url}' answered ${status}${said}`;
    throw status >= 500 || PASSING.has(status) ? new Error(message) : new Unanswerable(message);
  }
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw new Error(`'${url}' answered no JSON${startOf(body)}`); // of somebody between, perhaps
  }
}

function startOf(body: Buffer): string {
  const text = body.subarray(0, SHOWN).toString().trim();
  return text === '' ? '' : `: ${text}`;
}
