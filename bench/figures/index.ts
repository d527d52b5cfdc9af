/** Every figure, in order. A new one is a file here and a line below. */
import type { Figure } from '../figure.ts';
import { p1 } from './p1.ts';
import { p3 } from './p3.ts';
import { p7 } from './p7.ts';
import { p13 } from './p13.ts';
import { t1 } from './t1.ts';

export const FIGURES: readonly Figure[] = [p1, p3, p7, p13, t1];
