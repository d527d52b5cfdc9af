/** What all plots draw with. */
const STEPS = [1, 2, 5];

/** 1, 2, 5, 10 … between two decimal logarithms. */
export function ticks(low: number, high: number): number[] {
  const all: number[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++)
    for (const step of STEPS) all.push(step * 10 ** power);
  return all.filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${safe}</text>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
