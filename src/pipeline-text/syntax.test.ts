/** Text that is no pipeline yet: each slip of the hand is told with its place and what to write. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pipelineOfText } from './build.ts';

const steps = (text: string) => `pipeline: p\nfrom: in\nsteps:\n${text}\nto: out\n`;

const SLIPS: readonly (readonly [text: string, told: string])[] = [
  ['', 'p.yaml:1:1: a pipeline is a mapping, not nothing. Begin with pipeline: NAME, from: TOPIC, to: TOPIC'],
  [
    '- a',
    'p.yaml:1:1: a pipeline is a mapping, not a list. Begin with pipeline: NAME, from: TOPIC, to: TOPIC',
  ],
  [steps('\t- map: value'), 'p.yaml:4:1: Tabs are not allowed as indentation. Indent with spaces'],
  [steps('  - map: value\nsteps: []'), 'p.yaml:5:1: Map keys must be unique. Write it once'],
  [steps('  map: value'), "p.yaml:4:3: steps: it must be a list, not a mapping. Begin each item with '-'"],
  [
    steps('  - keyBy'),
    "p.yaml:4:5: steps[0]: a step is a name with its options, not the text 'keyBy'. Such as - keyBy: value.id",
  ],
  [
    steps('  - exec: clean.py'),
    "p.yaml:4:11: steps[0].exec: it must be a list, not the text 'clean.py'. Write [a, b], or one item a line, each with a -",
  ],
  [
    steps('  - filter: value.a >'),
    "p.yaml:4:22: steps[0].filter: the expression 'value.a >' ends in the middle. Something is missing behind it, or a bracket or a quote is open",
  ],
  [
    steps('  - filter: value.a = 1'),
    "p.yaml:4:21: steps[0].filter: the expression 'value.a = 1' cannot be read: Unexpected character: =. Equal is == in an expression",
  ],
];

test('slips of the hand', () => {
  for (const [text, message] of SLIPS)
    assert.throws(() => pipelineOfText(text, 'p.yaml'), { name: 'PlanError', message });
  assert.throws(
    () => pipelineOfText(steps('  - filter: value.a ? b: c'), 'p.yaml'),
    /4:13: Nested mappings .*stands in quotes/,
  );
  assert.throws(
    () => pipelineOfText(steps('  - set: { a: "x'), 'p.yaml'),
    /Missing closing "quote\. What opens with/,
  );
});
