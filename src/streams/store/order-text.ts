/** OrderText: a number or text as text that sorts like it, for keys of rows that are walked in order. Numbers stand before texts. */

const HALF = 2 ** 31;
const HALF_DIGITS = 8;
const bits = new DataView(new ArrayBuffer(8));

/** Throws for what has no place in an order: NaN, and text with half a character, which a changelog cannot keep. */
export function orderText(value: number | string): string {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return `t${value}`;
    throw new TypeError(`${JSON.stringify(value)} is no well-formed text`);
  }
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new TypeError(`a number or text is needed for an order, not ${String(value)}`);
  // The bits of positive floats sort like the floats, those of negative ones the other way round.
  bits.setFloat64(0, value + 0);
  const [high, low] = [bits.getUint32(0), bits.getUint32(4)];
  return high >= HALF ? `n${hex(~high)}${hex(~low)}` : `n${hex(high + HALF)}${hex(low)}`;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(HALF_DIGITS, '0');
}
