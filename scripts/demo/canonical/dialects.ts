/** Dialects: how two more programs write the flights that rows.py tells, and who sends what to which partition. */

export type Fields = [
  row: string,
  departure: string,
  delay: string,
  miles: string,
  origin: string,
  destination: string,
];

export const DIALECTS = ['ops', 'web', 'legacy'] as const;
export type Dialect = (typeof DIALECTS)[number];
export const CLIENTS: Readonly<Record<Dialect, string>> = {
  ops: 'aiokafka',
  web: 'kafkajs',
  legacy: '@platformatic/kafka',
};

/** A mile in hundred-thousandths of a kilometre. */
const MILE = 1_609_344;

export const WRITERS = { web: inWords, legacy: inCodes };

function inWords([row, departure, delay, miles, from, to]: Fields): string {
  const [date, time] = departure.split(' ') as [string, string];
  const [year, month, day] = date.split('-').map(Number);
  const departed = `${month}/${day}/${year} ${Number(time.slice(0, 2))}:${time.slice(3)}`;
  return JSON.stringify({ row: Number(row), leg: { from, to }, departed, delay, miles });
}

function inCodes([row, departure, delay, miles, from, to]: Fields): string {
  const kilometres = String(Number(miles) * MILE)
    .padStart(7, '0')
    .replace(/(\d{6})$/, ',$1')
    .replace(/,?0+$/, '');
  return JSON.stringify({
    NO: row,
    FROM_TO: `${from}-${to}`,
    WHEN: departure.replaceAll(/[-:]/g, ''),
    LATE_S: delay === '' ? 'NA' : Number(delay) * 60,
    KM: kilometres,
  });
}
