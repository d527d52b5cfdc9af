/**
 * Intake: how what clients send comes into one partition, in the order of its arrival.
 *
 *   append --------> admission -> room · sequence · ids -> placement          (one turn, no await)
 *   appendChecked -> admission -> admission queue -> the same, in the turn in which the batch's checks have ended
 *
 * What is refused is refused for good: a definite KafkaError, nothing was appended. What was taken before is answered as then.
 */
import { assert, ownCopy } from '../base/index.ts';
import type { CheckOptions, Duplicate } from '../log/index.ts';
import { type KafkaError, RecordBatch } from '../protocol/index.ts';
import { admit } from './admission.ts';
import { AdmissionQueue } from './admission-queue.ts';
import { type Looked, refuseBy, settingsChanged } from './batch-check.ts';
import type { CheckRoom } from './check-room.ts';
import type { DedupeRule, Found } from './dedupe.ts';
import type { Partition } from './partition.ts';
import { type Appended, place, placeParted } from './placement.ts';

/** The window has let go of the ids of its records since. */
const UNKNOWN_PLACE = { baseOffset: -1, lastOffset: -1, logAppendTimeMs: -1 };

/** What is known of a produce request besides its records. */
export interface ClientAppend extends CheckOptions {
  /** Nobody else has or changes these bytes any more. */
  readonly given?: boolean;
}

/** What admission needs of a batch that waited. */
export interface CheckedAppend extends ClientAppend {
  /** Throws what refuses the batch; asked in the turn of its admission. */
  readonly mayEnter?: (batch: RecordBatch) => void;
  /** The partition that takes what the check refused. Throws a definite KafkaError. */
  readonly deadLetters: (topic: string) => Partition;
}

export interface IntakeParts {
  /** Why clients' batches are refused now; undefined: there is room. */
  readonly full: () => KafkaError | undefined;
  /** What all batches that wait for checks share. */
  readonly checkRoom: CheckRoom;
}

export class Intake {
  readonly #partition: Partition;
  readonly #full: () => KafkaError | undefined;
  readonly #checkRoom: CheckRoom;
  #queue: AdmissionQueue | undefined;

  constructor(partition: Partition, parts: IntakeParts) {
    this.#partition = partition;
    this.#full = parts.full;
    this.#checkRoom = parts.checkRoom;
  }

  append(records: Buffer, now: number, options: ClientAppend): Appended {
    this.#partition.mustExist();
    assert(!this.isChecked, 'records that a check must see first');
    return this.#enter(admit(records, this.#partition.config, now), now, options);
  }

  get isChecked(): boolean {
    return this.#partition.config.check !== undefined || this.#queue?.isEmpty === false;
  }

  async appendChecked(records: Buffer, now: number, options: CheckedAppend): Promise<Appended> {
    const { config, producers, index } = this.#partition;
    this.#partition.mustExist();
    const batch = admit(records, config, now);
    const crowded = this.#checkRoom.refusal();
    if (crowded !== undefined) {
      producers.refused(batch, now);
      throw crowded;
    }
    const kept = options.given === true ? batch : RecordBatch.at(ownCopy(batch.bytes), 0);
    const { check } = config;
    this.#queue ??= new AdmissionQueue(this.#checkRoom, index);
    return this.#queue.enter(kept, check, (looked) => {
      this.#partition.mustExist();
      options.mayEnter?.(kept);
      const { beginsAtZero = false } = options;
      return this.#enter(kept, now, { beginsAtZero, given: true }, looked, () =>
        options.deadLetters(check!.deadLetterTopic!),
      );
    });
  }

  whenCheckable(): Promise<void> | undefined {
    return this.#queue === undefined ? undefined : this.#checkRoom.whenFree(this.#queue);
  }

  endChecks(error: KafkaError): void {
    this.#queue?.end(error);
  }

  /** Admission, in one turn: room, sequence, offset. */
  #enter(
    batch: RecordBatch,
    now: number,
    options: ClientAppend,
    looked?: Looked,
    deadLetters?: () => Partition,
  ): Appended {
    const { producers, config } = this.#partition;
    const full = this.#full();
    if (full !== undefined) {
      producers.refused(batch, now);
      throw full;
    }
    if (config.dedupe !== undefined) return this.#appendOnce(batch, config.dedupe, now, options, looked);
    const known = producers.check(batch, now, options);
    if (known.kind === 'duplicate') return this.#again(known);
    refuseBy(looked);
    try {
      if (looked?.kind !== 'parted') return place(this.#partition, batch, now, options);
      const letters = { partition: deadLetters!(), bytes: looked.dead };
      return placeParted(this.#partition, RecordBatch.at(looked.rest, 0), letters, now);
    } catch (error) {
      producers.refused(batch, now);
      throw error;
    }
  }

  /** The batch is the one that was appended with this sequence. */
  #again({ baseOffset, lastOffset, timestamp }: Duplicate): Appended {
    const logAppendTimeMs = this.#partition.appendTime(timestamp);
    return { baseOffset, lastOffset, logAppendTimeMs, frame: this.#partition.frameOf(lastOffset) };
  }

  /** As `append`, for a topic that deduplicates: of each id one record. */
  #appendOnce(
    batch: RecordBatch,
    rule: DedupeRule,
    now: number,
    options: ClientAppend,
    looked?: Looked,
  ): Appended {
    const { producers, config, ids } = this.#partition;
    // A retry whose answer was lost: it was taken, whatever the topic asks for by now.
    if (producers.isBehind(batch, now)) return this.#there(batch, ids.findAll(rule, batch, now));
    const known = producers.check(batch, now, options);
    if (known.kind === 'duplicate') return this.#again(known);
    refuseBy(looked);
    const decision = ids.decide(rule, batch, now, config.maxMessageBytes);
    if (decision.kind === 'duplicates') {
      this.#partition.skip(batch, decision.first.offset, now);
      return this.#there(batch, decision.first);
    }
    try {
      // It was parted for the dead letters that the topic had when it came, before it began to deduplicate.
      if (looked?.kind === 'parted') throw settingsChanged();
      if (decision.kind === 'held') throw decision.error;
      const before = ids.before(decision.ids);
      return place(this.#partition, decision.batch, now, { ...options, before });
    } catch (error) {
      producers.refused(batch, now);
      throw error;
    } finally {
      ids.dropNext();
    }
  }

  /** Nothing was appended for it: told once all that this rests on is durable. No `first`: nobody knows any more where its records are. */
  #there({ lastOffsetDelta }: RecordBatch, first: Found | undefined): Appended {
    const frame = this.#partition.pendingFrame;
    if (first === undefined) return { ...UNKNOWN_PLACE, frame };
    const { offset: baseOffset, time } = first;
    const lastOffset = baseOffset + lastOffsetDelta;
    return { baseOffset, lastOffset, logAppendTimeMs: this.#partition.appendTime(time), frame };
  }
}
