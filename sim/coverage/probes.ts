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
