/** Units: what one of each is in the base unit of its quantity, exactly. `offset` is added before scaling (temperatures). */
import type { Ratio } from './decimal.ts';

export interface Unit extends Ratio {
  readonly quantity: string;
  readonly offset?: string;
}

const unit = (quantity: string, over: bigint, under = 1n): Unit => ({ quantity, over, under });
const degree = (offset: string, over: bigint, under: bigint): Unit => ({
  quantity: 'temperature',
  over,
  under,
  offset,
});

/** By international agreement (yard and pound 1959) and the SI. */
export const UNITS: Readonly<Record<string, Unit>> = {
  mm: unit('length', 1n, 1000n),
  cm: unit('length', 1n, 100n),
  m: unit('length', 1n),
  km: unit('length', 1000n),
  in: unit('length', 254n, 10_000n),
  ft: unit('length', 3048n, 10_000n),
  yd: unit('length', 9144n, 10_000n),
  mi: unit('length', 1_609_344n, 1000n),
  nmi: unit('length', 1852n),
  mg: unit('mass', 1n, 1_000_000n),
  g: unit('mass', 1n, 1000n),
  kg: unit('mass', 1n),
  t: unit('mass', 1000n),
  oz: unit('mass', 28_349_523_125n, 1_000_000_000_000n),
  lb: unit('mass', 45_359_237n, 100_000_000n),
  ns: unit('time', 1n, 1_000_000_000n),
  us: unit('time', 1n, 1_000_000n),
  ms: unit('time', 1n, 1000n),
  s: unit('time', 1n),
  min: unit('time', 60n),
  h: unit('time', 3600n),
  d: unit('time', 86_400n),
  ml: unit('volume', 1n, 1000n),
  l: unit('volume', 1n),
  m3: unit('volume', 1000n),
  'm/s': unit('speed', 1n),
  'km/h': unit('speed', 5n, 18n),
  kn: unit('speed', 463n, 900n),
  mph: unit('speed', 44_704n, 100_000n),
  B: unit('data', 1n),
  kB: unit('data', 1000n),
  MB: unit('data', 1_000_000n),
  GB: unit('data', 1_000_000_000n),
  KiB: unit('data', 1024n),
  MiB: unit('data', 1_048_576n),
  GiB: unit('data', 1_073_741_824n),
  '%': unit('share', 1n, 100n),
  ratio: unit('share', 1n),
  K: degree('0', 1n, 1n),
  C: degree('273.15', 1n, 1n),
  F: degree('459.67', 5n, 9n),
};
