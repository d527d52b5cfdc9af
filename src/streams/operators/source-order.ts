/** The place of a record where it entered, as text that sorts like (topic, partition, offset). */
import type { Source } from '../record.ts';

/** 2^53 has 14 digits of 16, a partition number 8. */
const OFFSET_DIGITS = 14;
const PARTITION_DIGITS = 8;
const NTH_DIGITS = 8;
const FIRST = `/${hex(0, NTH_DIGITS)}`;

export function sourceOrder({ topic, partition, offset }: Source): string {
  if (partition !== last.partition || topic !== last.topic)
    last = { topic, partition, text: `${topic}/${hex(partition, PARTITION_DIGITS)}/` };
  return last.text + hex(offset, OFFSET_DIGITS);
}

/** Many records come from one place. */
let last = { topic: '', partition: -1, text: '' };

/** The nth of several records of one place. */
export function placeOf(place: string, nth: number): string {
  return nth === 0 ? place + FIRST : `${place}/${hex(nth, NTH_DIGITS)}`;
}

/** The nth of several records that one at an offset was made into; all such texts are equally long. */
export function offsetOrder(offset: number, nth: number): string {
  return placeOf(hex(offset, OFFSET_DIGITS), nth);
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
