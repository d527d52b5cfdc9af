/**
 * StatusText: how a broker is, for people: a label and a sentence a row, wrapped to the terminal.
 *
 *   gregor 0.1.0   up 3 h 12 min   pid 4711
 *   kafka    127.0.0.1:9092
 *   holds    14 topics, 120 partitions, 3 groups
 */
import type { ServerStatus } from '../../server/index.ts';
import { hostText } from '../../config/index.ts';
import { keepText } from '../client/keep.ts';
import { bytesText, countText } from '../text.ts';

/** What the admin socket answers: the broker, and the process it runs in. */
export interface ProcessStatus extends ServerStatus {
  readonly version: string;
  readonly pid: number;
  /** The data folder. */
  readonly folder: string;
  readonly uptimeMs: number;
  readonly memory: {
    readonly residentBytes: number;
    readonly heapBytes: number;
    readonly bufferBytes: number;
  };
}

const LABEL_WIDTH = 9;
const WIDTH_MIN = 40;

/** `width`: columns of the terminal. `now`: by the wall clock. */
export function statusText(status: ProcessStatus, width: number, now: number): string {
  const { disk, journal, memory, dedupe, settings, keeps } = status;
  const recovered = status.wasStoppedCleanly ? '' : '   recovered after a stop that was not clean';
  const rows: [string, string][] = [
    ...status.listeners.map(({ host, port }): [string, string] => ['kafka', `${hostText(host)}:${port}`]),
    ['data', status.folder],
    [
      'holds',
      `${countText(status.topics, 'topic')} and ${status.internalTopics} internal, ` +
        `${countText(status.partitions, 'partition')}, ${countText(status.groups, 'group')}`,
    ],
    [
      'disk',
      `${bytesText(disk.logBytes)} of records; ${bytesText(disk.freeBytes)} of ${bytesText(disk.totalBytes)} free`,
    ],
    [
      'journal',
      `${bytesText(journal.usedBytes)} used of ${bytesText(journal.fileBytes)}, limit ${bytesText(journal.limitBytes)}; ` +
        checkpointText(status.checkpoint, now),
    ],
    [
      'memory',
      `${bytesText(memory.residentBytes)}: ${bytesText(memory.heapBytes)} heap, ${bytesText(memory.bufferBytes)} buffers`,
    ],
    ...(dedupe.ids === 0 && dedupe.cutShort === 0
      ? []
      : [['dedupe', dedupeText(dedupe)] as [string, string]]),
    ['topics', keepText(new Map(Object.entries(keeps)))],
    ['set', settings.length === 0 ? 'nothing: all settings are the defaults' : settingText(settings[0]!)],
    ...settings.slice(1).map((setting): [string, string] => ['', settingText(setting)]),
  ];
  const head = `gregor ${status.version}   up ${durationText(status.uptimeMs)}   pid ${status.pid}${recovered}`;
  return `${[head, ...rows.map(([label, text]) => wrapped(label, text, width))].join('\n')}\n`;
}

function checkpointText(
  { isRunning, finishedAt, waitingBytes }: ServerStatus['checkpoint'],
  now: number,
): string {
  const waiting = `${bytesText(waitingBytes)} in memory`;
  if (isRunning) return `a checkpoint runs, ${waiting}`;
  if (finishedAt === undefined) return `no checkpoint yet, ${waiting}`;
  return `checkpoint ${durationText(now - finishedAt)} ago, ${waiting}`;
}

function settingText({ name, value }: ServerStatus['settings'][number]): string {
  return `${name}=${value ?? '(secret)'}`;
}

/** `3 h 12 min`: the two largest units that count. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** Words of `text` behind the label, on as many lines as they need. A word longer than a line stays whole. */
function wrapped(label: string, text: string, width: number): string {
  const room = Math.max(width, WIDTH_MIN) - LABEL_WIDTH;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, at) => `${(at === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`).join('\n');
}

function dedupeText({ ids, usedBytes, limitBytes, cutShort }: ProcessStatus['dedupe']): string {
  const cut = cutShort === 0 ? '' : `; ${countText(cutShort, 'id')} forgotten before the window ended`;
  return `${countText(ids, 'id')} known in ${bytesText(usedBytes)}, limit ${bytesText(limitBytes)}${cut}`;
}
