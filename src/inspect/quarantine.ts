/** Quarantine: what earlier repairs took from the journal. Holes in segments show by themselves; of this only their reports know. */
import type { Disk } from '../env/index.ts';
import { offsetsText, type Report } from './finding.ts';
import { QUARANTINE_DIRECTORY } from './verify-names.ts';
import { readIfThere } from './verify-segment.ts';

interface Lost {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

export async function reportQuarantine(disk: Disk, report: Report): Promise<void> {
  for (const name of await disk.list(QUARANTINE_DIRECTORY)) {
    const file = `${QUARANTINE_DIRECTORY}/${name}/report.json`;
    const bytes = await readIfThere(disk, file);
    if (bytes === undefined) continue;
    for (const lost of lostOf(bytes.toString()))
      report({
        kind: 'missing',
        file,
        what: 'a repair ended the journal before these records',
        means: `${lost.topic}-${lost.partition}: what had ${offsetsText(lost.firstOffset, lost.lastOffset)} then is lost; the offsets were given anew since.`,
        todo: 'Nothing needs to be done. The journal as it was lies beside the report.',
        ...lost,
      });
  }
}

/** Whoever edited the report by hand has read it. */
function lostOf(text: string): readonly Lost[] {
  try {
    return (JSON.parse(text) as { lost: readonly Lost[] }).lost;
  } catch {
    return []; // no report of ours any more: it proves nothing either way
  }
}
