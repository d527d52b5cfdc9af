/** Every figure, in order. A new one is a file here and a line below. */
import type { Figure } from '../figure.ts';
import { clients } from './clients.ts';
import { GROWTH } from './growth.ts';
import { p1 } from './p1.ts';
import { p2 } from './p2.ts';
import { p3 } from './p3.ts';
import { p3Peers } from './p3-peers.ts';
import { p4 } from './p4.ts';
import { p5 } from './p5.ts';
import { p6 } from './p6.ts';
import { p7 } from './p7.ts';
import { p8 } from './p8.ts';
import { p9 } from './p9.ts';
import { p10 } from './p10.ts';
import { p11 } from './p11.ts';
import { p12 } from './p12.ts';
import { p13 } from './p13.ts';
import { p14 } from './p14.ts';
import { p14Latency } from './p14-latency.ts';
import { p15 } from './p15.ts';
import { p16 } from './p16.ts';
import { p17, p17Idle } from './p17.ts';
import { p19 } from './p19.ts';
import { p20 } from './p20.ts';
import { t1 } from './t1.ts';

export const FIGURES: readonly Figure[] = [
  p1,
  p2,
  p3,
  p3Peers,
  p4,
  p5,
  p6,
  p7,
  p8,
  p9,
  p10,
  p11,
  p12,
  p13,
  p14,
  p14Latency,
  p15,
  p16,
  p17,
  p17Idle,
  p19,
  p20,
  t1,
  clients,
  ...GROWTH,
];

/** Names for several of them. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  growth: [p9, ...GROWTH].map(({ id }) => id),
};
