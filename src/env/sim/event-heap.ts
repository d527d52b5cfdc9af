/** EventHeap: what is going to happen in a simulated world, the earliest first; of two at one time, the older. */
import type { Life } from './life.ts';

export interface SimEvent {
  readonly at: number;
  readonly sequence: number;
  readonly label: string;
  /** Whom it happens to; nothing happens to the dead. */
  readonly life: Life | undefined;
  readonly fire: () => void;
  cancelled: boolean;
}

export class EventHeap {
  #events: SimEvent[] = [];

  get size(): number {
    return this.#events.length;
  }

  push(event: SimEvent): void {
    const events = this.#events;
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!earlier(event, events[parent]!)) break;
      events[index] = events[parent]!;
      index = parent;
    }
    events[index] = event;
  }

  pop(): SimEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && earlier(events[child + 1]!, events[child]!)) child++;
      if (!earlier(events[child]!, last)) break;
      events[index] = events[child]!;
      index = child;
    }
    events[index] = last;
    return first;
  }

  /** What is still to come, soonest first. For error messages. */
  pending(): SimEvent[] {
    return this.#events.filter(isPending).sort((a, b) => a.at - b.at || a.sequence - b.sequence);
  }

  /** Forgets what will not happen: programs cancel most of their alarms long before they are due. */
  sweep(): void {
    const kept = this.#events.filter(isPending);
    this.#events = [];
    for (const event of kept) this.push(event);
  }
}

export function isPending(event: SimEvent): boolean {
  return !event.cancelled && event.life?.alive !== false;
}

function earlier(a: SimEvent, b: SimEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
