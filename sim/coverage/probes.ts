/**
 * Probes: source patches that count state transitions while the simulator runs. Production code knows nothing of them.
 *
 * A probe calls `globalThis.gregorProbe`, which counts into the simulation that runs now.
 */
import type { Patch } from '../patches/patch.ts';

declare global {
  var gregorProbe: ((what: string) => void) | undefined;
}

export const PROBES: readonly Patch[] = [
  {
    file: 'src/groups/classic/states.ts',
    from: 'export function assertMove(from: GroupState, to: GroupState): void {',
    to: `export function assertMove(from: GroupState, to: GroupState): void {
  globalThis.gregorProbe?.(\`group: \${from} → \${to}\`);`,
  },
  {
    file: 'src/groups/classic/group.ts',
    from: "  restoreState(state: 'Empty' | 'Stable', sinceMs: number): void {",
    to: `  restoreState(state: 'Empty' | 'Stable', sinceMs: number): void {
    if (state !== this.#state) globalThis.gregorProbe?.(\`group: \${this.#state} → \${state}\`);`,
  },
  {
    file: 'src/journal/space.ts',
    from: '    this.#current = place.slot;\n    this.position = place.position;',
    to: `    globalThis.gregorProbe?.(place.slot === this.#current ? 'journal file: goes on' : 'journal file: free → current');
    this.#current = place.slot;
    this.position = place.position;`,
  },
  {
    file: 'src/journal/space.ts',
    from: '      if (slot !== this.#current && slot.lastSequence < sequence) slot.lastSequence = -1;',
    to: `      if (slot !== this.#current && slot.lastSequence < sequence) {
        if (slot.lastSequence !== -1) globalThis.gregorProbe?.('journal file: used → free');
        slot.lastSequence = -1;
      }`,
  },
  {
    file: 'src/journal/pending-frame.ts',
    from: '    this.#lodged.set(reference, held);\n',
    to: "    this.#lodged.set(reference, held);\n    globalThis.gregorProbe?.('frame: refers to a segment');\n",
  },
  {
    file: 'src/journal/pending-frame.ts',
    from: '    this.isEmbedded = true;\n',
    to: "    this.isEmbedded = true;\n    globalThis.gregorProbe?.('frame: takes its batches back');\n",
  },
  {
    file: 'src/journal/journal.ts',
    from: '    frame.place = place;\n',
    to: `    if (frame.place !== place && !frame.isEmbedded) globalThis.gregorProbe?.('frame: moves behind one that takes its batches back');
    frame.place = place;
`,
  },
  {
    file: 'src/log/named-segments.ts',
    from: '  known.set(key, { ...log, segments: [...others, state] });',
    to: `  known.set(key, { ...log, segments: [...others, state] });
  globalThis.gregorProbe?.('start: a segment that only the journal names');`,
  },
  {
    file: 'src/rpc/server-connection.ts',
    from: '    this.#isPaused = mustPause;\n',
    to: "    this.#isPaused = mustPause;\n    globalThis.gregorProbe?.(mustPause ? 'connection: reading → paused' : 'connection: paused → reading');\n",
  },
  {
    file: 'src/rpc/server-connection.ts',
    from: '    this.#isClosed = true;\n',
    to: "    this.#isClosed = true;\n    globalThis.gregorProbe?.(this.#slots.length === 0 && this.#answerBytes === 0 ? 'connection: idle → closed' : 'connection: serving → closed');\n",
  },
];
