/**
 * Watermark: the event time up to which a task believes to have seen everything.
 *
 *   channel a   --3--5--4--9->   reached 9 - maxOutOfOrder
 *   channel b   --2--6->         reached 6 - maxOutOfOrder     watermark = the least of them
 *   channel c   (idle)           left out
 *
 * A channel is an input partition: idle after `idleAfter` without a record. Behind a repartition topic it is an upstream
 * task, whose own watermark travels with its records: one that lags or is down holds the watermark back, instead of becoming
 * late, and it is idle only when it says so.
 *
 *   W1  it never falls, also not over a restart: what each channel reached is state
 *   W2  a channel that never spoke holds it back until it is idle
 *   W3  when all channels are idle it goes on at the pace of the wall clock, in steps of `idleAfter`, from just behind the
 *       newest record: so the last window does close. The pace counts, not the date: old data read again is not late by it
 *   W4  a task that nobody expected (its input has more partitions than when this one began, or had, before the pipeline was changed) counts as
 *       long as it speaks, and holds nothing back once it was silent for `idleAfter`
 */
import type { Table } from '../store/table.ts';

export interface WatermarkSettings {
  readonly maxOutOfOrderMs: number;
  readonly idleAfterMs: number;
}

export interface ChannelSpec {
  readonly name: string;
  /** Silence means nothing: it says when it is idle. */
  readonly speaks: boolean;
}

export interface Reached {
  readonly reachedMs: number;
  /** Of its records. */
  readonly newestMs: number;
  readonly isIdle: boolean;
}

interface Channel {
  readonly speaks: boolean;
  /** W4. */
  readonly isGuest: boolean;
  reachedMs: number;
  newestMs: number;
  isIdle: boolean;
  heardMs: number;
  /** The table does not have it yet. */
  isChanged: boolean;
}

const NOTHING: Reached = { reachedMs: -Infinity, newestMs: -Infinity, isIdle: false };
/** The row that says where the watermark went by itself. */
const BY_CLOCK = '';
const STEP_MS_MIN = 1000;

export class Watermark {
  readonly #settings: WatermarkSettings;
  readonly #table: Table<Reached>;
  readonly #channels = new Map<string, Channel>();
  #heardMs: number;
  #ms: number;
  #isIdle = false;

  constructor(
    table: Table<Reached>,
    settings: WatermarkSettings,
    channels: readonly ChannelSpec[],
    wallMs: number,
  ) {
    this.#table = table;
    this.#settings = settings;
    this.#heardMs = wallMs;
    for (const { name, speaks } of channels)
      this.#channels.set(name, {
        ...(table.get(name) ?? NOTHING),
        speaks,
        isGuest: false,
        heardMs: wallMs,
        isChanged: false,
      });
    this.#ms = table.get(BY_CLOCK)?.reachedMs ?? -Infinity;
    this.#rise(this.#least(wallMs));
  }

  get ms(): number {
    return this.#ms;
  }

  /** No channel is left that holds it back. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Something came on that channel, whatever it was. */
  hear(name: string, wallMs: number): void {
    this.#heardMs = wallMs;
    this.#channels.get(name)!.heardMs = wallMs;
  }

  /** Nobody listened: silence counts from now on. */
  listen(wallMs: number): void {
    this.#heardMs = wallMs;
    for (const channel of this.#channels.values()) channel.heardMs = wallMs;
  }

  /** A record of that channel has this event time. */
  observe(name: string, timestampMs: number, wallMs: number): void {
    const channel = this.#channels.get(name)!;
    const { newestMs, speaks } = channel;
    const reachedMs = speaks ? channel.reachedMs : timestampMs - this.#settings.maxOutOfOrderMs;
    this.#move(channel, reachedMs, Math.max(newestMs, timestampMs), false, wallMs);
  }

  /** The channel says how far it is. */
  told(name: string, reachedMs: number, isIdle: boolean, wallMs: number): void {
    const channel = this.#channels.get(name) ?? this.#welcome(name, wallMs);
    this.#move(channel, reachedMs, channel.newestMs, isIdle, wallMs);
  }

  /** Time passed, with or without records. */
  tick(wallMs: number): void {
    const least = this.#least(wallMs);
    this.#isIdle = least === undefined;
    if (least !== undefined) {
      this.#rise(least);
      return;
    }
    let newestMs = -Infinity;
    for (const channel of this.#channels.values())
      newestMs = Math.max(newestMs, channel.newestMs, channel.reachedMs);
    if (newestMs === -Infinity) return;
    const stepMs = Math.max(this.#settings.idleAfterMs, STEP_MS_MIN);
    const steps = Math.floor(Math.max(0, wallMs - this.#heardMs - this.#settings.idleAfterMs) / stepMs);
    if (this.#rise(newestMs + 1 + steps * stepMs))
      this.#table.put(BY_CLOCK, { reachedMs: this.#ms, newestMs, isIdle: true });
  }

  /** Before a commit: what channels reached is state. */
  store(): void {
    for (const [name, channel] of this.#channels) {
      const { reachedMs, newestMs, isIdle } = channel;
      if (channel.isChanged) this.#table.put(name, { reachedMs, newestMs, isIdle });
      channel.isChanged = false;
    }
  }

  #move(channel: Channel, toMs: number, newestMs: number, isIdle: boolean, wallMs: number): void {
    this.#heardMs = wallMs;
    channel.heardMs = wallMs;
    const isRisen = toMs > channel.reachedMs;
    const isOther = isRisen || isIdle !== channel.isIdle;
    if (isOther || newestMs !== channel.newestMs) channel.isChanged = true;
    if (isRisen) channel.reachedMs = toMs;
    channel.newestMs = newestMs;
    channel.isIdle = isIdle;
    if (isOther) this.#rise(this.#least(wallMs));
  }

  #welcome(name: string, heardMs: number): Channel {
    const known = this.#table.get(name) ?? NOTHING;
    const guest = { ...known, speaks: true, isGuest: true, heardMs, isChanged: false };
    this.#channels.set(name, guest);
    return guest;
  }

  #rise(ms: number | undefined): boolean {
    if (ms === undefined || ms <= this.#ms) return false;
    this.#ms = ms;
    return true;
  }

  /** Undefined when all are idle. */
  #least(wallMs: number): number | undefined {
    let least: number | undefined;
    for (const { reachedMs, heardMs, speaks, isGuest, isIdle } of this.#channels.values()) {
      const isSilent = wallMs - heardMs >= this.#settings.idleAfterMs;
      if (speaks ? isIdle || (isGuest && isSilent) : isSilent) continue;
      if (least === undefined || reachedMs < least) least = reachedMs;
    }
    return least;
  }
}
