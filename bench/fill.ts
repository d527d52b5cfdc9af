/** Old data: a topic is filled until so much has been acknowledged. */
import { generate, type Load } from './load/generate.ts';

/** In pieces: the load generator gives up when one takes too long. */
const PIECE_MEBIBYTES = 1024;
const MEBIBYTE = 2 ** 20;

export interface Filled {
  readonly topic: string;
  readonly port: number;
  readonly pid: number;
  readonly launcher: readonly string[];
}

/** At least this much; answers how many records were acknowledged. */
export async function fill(load: Load, target: Filled, bytes: number): Promise<number> {
  let records = 0;
  for (let left = Math.ceil(bytes / MEBIBYTE); left > 0; left -= PIECE_MEBIBYTES) {
    const piece = { seconds: 0.1, warmUpSeconds: 0, warmUpMebibytes: Math.min(left, PIECE_MEBIBYTES) };
    records += (await generate(load, { ...target, ...piece })).acknowledgedRecords;
  }
  return records;
}
