/** Samples: definitions with every kind of step, and for each raw field the texts that it may have. */

export interface Sample {
  readonly definition: object;
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

const TEXTS = [
  '"a"',
  '"é"',
  '"\\u00e9"',
  '"😀"',
  '"\\ud83d\\ude00"',
  '""',
  '"a\\/b"',
  '"\\u007f"',
  '"tab\\t"',
  '"' + 'x'.repeat(50) + '"',
];
const NUMBERS = [
  '0',
  '1',
  '-1',
  '1.10',
  '1E5',
  '-0',
  '12.5',
  '9007199254740993',
  '0.1234567890123456789',
  '1e400',
  '1e-7',
  '123456789012345678901234567890',
];
const NUMBER_TEXTS = [
  '"12.50"',
  '"12,5"',
  '"0905"',
  '"+7"',
  '"-3.00"',
  '"1e3"',
  '" 1"',
  '"NA"',
  '""',
  '5',
  'null',
];
const text = { type: 'string' };
const number = { type: 'number' };

export const DEFINITIONS: readonly Sample[] = [
  {
    definition: {
      canonical: 'plain@1',
      class: 'lens',
      order: ['b', 'a', 'c.y'],
      schema: { properties: { a: {}, b: number, c: { additionalProperties: true }, strange: {} } },
    },
    fields: {
      a: ['{"y":1,"\\ufb33":{"10":1,"9":2},"😀":0}', ...TEXTS, '[1,{"z":1,"b":2.0,"a":[]}]', ...NUMBERS],
      b: NUMBERS,
      c: ['{"y":1,"x":2}', '{"x":1,"x":2,"y":3}', '{}'],
    },
  },
  {
    definition: {
      canonical: 'order@1',
      class: 'lens',
      layout: 'spaced-ascii',
      order: ['no', 'total', 'state'],
      steps: [
        { rename: { no: 'id' } },
        { move: { from: 'ship.weight', to: 'weight' } },
        { cast: { field: 'total', from: 'text', to: 'number', scale: 2, point: ',' } },
        { unit: { field: 'weight', from: 'mi', to: 'km' } },
        { enum: { field: 'state', map: { N: 'new', n: 'new', P: 'paid', NA: null }, others: 'keep' } },
        { default: { field: 'currency', value: 'EUR' } },
        { drop: { others: true } },
      ],
      schema: {
        required: ['id'],
        properties: {
          id: text,
          total: { type: 'number', minimum: -5 },
          weight: number,
          state: { type: ['string', 'null'] },
          currency: { type: 'string', maxLength: 3 },
        },
      },
    },
    fields: {
      no: [...TEXTS, '1'],
      total: NUMBER_TEXTS,
      ship: ['{"weight":2176}', '{"weight":1.10,"to":"x"}', '{}', '"none"'],
      state: ['"N"', '"n"', '"P"', '"new"', '"NA"', 'null', '"Q"'],
      currency: ['"EUR"', '"USD"', 'null'],
      id: ['"b"'],
      extra: NUMBERS,
    },
  },
  {
    definition: {
      canonical: 'times@1',
      class: 'lens',
      steps: [
        { cast: { field: 'day', from: 'text', format: 'D.M.YYYY', to: 'date' } },
        { cast: { field: 'at', from: 'text', format: 'YYYY-MM-DD HH:mm', to: 'datetime' } },
        { cast: { field: 'utc', from: 'text', format: 'YYYY-MM-DDTHH:mm:ss.SSSZ', to: 'timestamp' } },
        {
          cast: {
            field: 'there',
            from: 'text',
            format: 'YYYYMMDD HHmmss',
            offset: '-05:30',
            to: 'timestamp',
          },
        },
        { cast: { field: 'ms', from: 'epoch-ms', to: 'timestamp' } },
        { cast: { field: 's', from: 'epoch-s', to: 'timestamp' } },
      ],
      schema: {
        properties: {
          day: { type: ['string', 'null'], format: 'date' },
          at: { type: 'string', format: 'local-date-time' },
          utc: { format: 'date-time' },
          there: { format: 'date-time' },
          ms: { format: 'date-time' },
          s: { format: 'date-time' },
        },
      },
    },
    fields: {
      day: [
        '"31.1.2001"',
        '"29.2.2000"',
        '"29.2.2001"',
        '"01.1.2001"',
        '"1.1.0001"',
        '"31.12.9999"',
        'null',
        '"soon"',
        '1',
      ],
      at: ['"2001-01-31 09:05"', '"2001-01-31 24:00"', '"0001-01-01 00:00"', '"2001-01-31T09:05"'],
      utc: [
        '"2001-01-31T09:05:00.000Z"',
        '"2001-01-31T09:05:00.250+02:00"',
        '"2001-01-31T09:05:00.000-23:59"',
        '"0001-01-01T00:00:00.000+01:00"',
        '"2001-01-31T09:05:00.000+24:00"',
      ],
      there: ['"20010131 090500"', '"99991231 235959"', '"20010131 090561"'],
      ms: ['981012900000', '981012900001', '-1', '0', '1.5', '1e12', '1e30', '"0"'],
      s: ['981012900', '-62135596800', '-62135596801', '253402300799', '1E3'],
    },
  },
  {
    definition: {
      canonical: 'shapes@1',
      class: 'lens',
      layout: 'compact-ascii',
      steps: [
        { split: { field: 'name', by: ' ', into: ['first', 'last'] } },
        { join: { fields: ['day', 'time'], by: 'T', into: 'when.at' } },
        { wrap: { fields: ['tag'], in: 'list' } },
        { wrap: { field: 'price', as: 'value' } },
        {
          each: {
            field: 'lines',
            steps: [
              { rename: { s: 'sku' } },
              { default: { field: 'count', value: 1 } },
              { cast: { field: 'count', from: 'number', to: 'text' } },
            ],
          },
        },
        {
          enum: {
            field: 'flag',
            map: [
              [1, true],
              [0, false],
              ['1', true],
              [[2], { two: 2 }],
            ],
          },
        },
        { drop: { fields: ['trace', 'debug.level'] } },
      ],
      schema: {
        properties: {
          first: text,
          last: text,
          when: { properties: { at: text } },
          tag: { type: 'array', maxItems: 1 },
          price: { properties: { value: number } },
          flag: {},
          debug: { additionalProperties: true },
          lines: { type: 'array', items: { required: ['count'], properties: { sku: text, count: text } } },
        },
      },
    },
    fields: {
      name: ['"Ada King"', '"Ada M King"', '"Ada"', '" "', 'null', '1'],
      day: ['"2001-01-31"', '"T"', 'null'],
      time: ['"09:05"', '"T"', 'null', '9'],
      tag: [...TEXTS, '[]', 'null'],
      price: NUMBERS,
      flag: ['1', '0', '"1"', '1.0', 'true', 'null', '[2]', '2'],
      trace: TEXTS,
      debug: ['{"level":1}', '{"level":1,"x":2}', '{}'],
      lines: [
        '[]',
        '[{"s":"a"},{"count":1,"s":"b"},{"count":2.0}]',
        '[]',
        '[{"s":1}]',
        '[1]',
        'null',
        '{}',
        '[{"sku":"x"}]',
      ],
    },
  },
  {
    definition: {
      canonical: 'value@1',
      class: 'injection',
      roundTrip: 'value',
      steps: [
        { unit: { field: 'f', from: 'C', to: 'F' } },
        { unit: { field: 'cents', factor: 0.01 } },
        { cast: { field: 'id', from: 'number', to: 'text' } },
        { rename: { f: 'heat' } },
      ],
      schema: { properties: { heat: number, cents: { type: 'number', maximum: 1e20 }, id: text } },
    },
    fields: { f: NUMBERS, cents: [...NUMBERS, '"5"'], id: NUMBERS },
  },
  {
    definition: {
      canonical: 'iso@1',
      class: 'iso',
      layout: 'spaced-ascii',
      order: ['z', 'a'],
      steps: [{ enum: { field: 'z', map: { N: 'new', P: 'paid' } } }, { move: { from: ['x.y'], to: 'a.b' } }],
      schema: { required: ['z'], properties: { z: text, a: { properties: { b: {}, c: text } } } },
    },
    fields: { z: ['"N"', '"P"', '"Q"'], 'x.y': ['1', '"é"', 'null'], a: ['{"c": "x"}', '{"b": 1}', '"no"'] },
  },
  {
    definition: {
      canonical: 'gone@1',
      class: 'lossy',
      lossy: 'card numbers must not be kept',
      steps: [{ drop: { fields: ['card'], home: 'none' } }, { drop: { others: true } }],
      schema: { properties: { id: text, deep: { properties: { a: {} } } } },
    },
    fields: { id: TEXTS, card: NUMBERS, deep: ['{"a":1,"b":2}', '[]'] },
  },
  {
    definition: {
      canonical: 'beside@3',
      class: 'lens',
      complement: 'topic',
      order: ['id', 'total'],
      steps: [
        { cast: { field: 'total', from: 'text', to: 'number', scale: 2 } },
        { drop: { fields: ['trace', 'debug.level'] } },
      ],
      schema: { properties: { id: text, total: number, strange: {} } },
    },
    fields: { id: TEXTS, total: TEXTS, trace: NUMBERS, debug: ['{"level":"1.0"}', '{"level":7,"x":1}'] },
  },
];

const definition = (more: object) =>
  JSON.stringify({ canonical: 'a@1', class: 'lens', schema: { properties: {} }, ...more }, null, 1);

/** Definitions that are refused, each with its message. */
export const WRONG: readonly string[] = [
  '[]',
  '{"canonical":"a@1","canonical":"a@1"}',
  '{"canonical":',
  definition({ canonical: 'a' }),
  definition({ clas: 'iso' }),
  definition({ class: 'best' }),
  definition({ class: 'iso', steps: [{ drop: { fields: ['a'] } }] }),
  definition({ class: 'lossy' }),
  definition({ lossy: 'why' }),
  definition({ steps: [{ rename: { a: 'b' }, drop: {} }] }),
  definition({ steps: [{ rename: { 'a..b': 'c' } }] }),
  definition({ steps: [{ unit: { field: 'a', from: 'min', to: 'h' } }] }),
  definition({ steps: [{ unit: { field: 'a', from: 'm', to: 'kg' } }] }),
  definition({ steps: [{ unit: { field: 'a', from: 'm', to: 'mile' } }] }),
  definition({ steps: [{ unit: { field: 'a', factor: -1 } }] }),
  definition({
    steps: [{ cast: { field: 'a', from: 'text', to: 'timestamp', format: 'YYYY-MM-DD HH:mm' } }],
  }),
  definition({ steps: [{ cast: { field: 'a', from: 'text', to: 'date', format: 'MM/YYYY' } }] }),
  definition({ steps: [{ cast: { field: 'a', from: 'text', to: 'date', format: 'MM/DD/M/YYYY' } }] }),
  definition({ steps: [{ cast: { field: 'a', from: 'text', to: 'number', scale: 1.5 } }] }),
  definition({ steps: [{ cast: { field: 'a', from: 'number', to: 'date' } }] }),
  definition({ steps: [{ cast: { from: 'text', to: 'number' } }] }),
  definition({ steps: [{ enum: { field: 'a', map: [[1]] } }] }),
  definition({
    steps: [
      {
        enum: {
          field: 'a',
          map: [
            [1, 2],
            [1.0, 3],
          ],
        },
      },
    ],
  }),
  definition({ steps: [{ split: { field: 'a', by: '', into: ['b', 'c'] } }] }),
  definition({ steps: [{ join: { fields: ['a'], by: '-', into: 'c' } }] }),
  definition({ steps: [{ wrap: { field: 'a', in: 'list', as: 'b' } }] }),
  definition({ steps: [{ each: { field: 'a', steps: [{ shrink: {} }] } }] }),
  definition({ schema: {} }),
  definition({ schema: { properties: { a: { type: 'text' } } } }),
  definition({ schema: { properties: { a: { pattern: 'x' } } } }),
  definition({ schema: { properties: {}, required: ['b'] } }),
  JSON.stringify({ canonical: 'a@1', dialects: { 'a b': { class: 'iso' } }, schema: { properties: {} } }),
  JSON.stringify({ canonical: 'a@1', dialects: {}, schema: { properties: {} } }),
  definition({ complement: 'elsewhere' }),
  definition({ class: 'iso', complement: 'topic' }),
];
