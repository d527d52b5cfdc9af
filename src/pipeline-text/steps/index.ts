/** All steps that text knows: name -> what it can say and what it adds. A new operator is one entry. */
import { branch } from './branch.ts';
import { formats } from './formats.ts';
import { join } from './join.ts';
import { keyed } from './keyed.ts';
import { outside } from './outside.ts';
import { stateless } from './stateless.ts';
import type { StepText } from './step-text.ts';
import { window } from './window.ts';

export const STEPS: Readonly<Record<string, StepText>> = {
  ...stateless,
  ...formats,
  ...join,
  ...keyed,
  ...outside,
  ...window,
  ...branch,
};
