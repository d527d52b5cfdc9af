/** For `node --import ./sim/bugs/plant.ts some.test.ts`: the bug that GREGOR_PLANTED_BUG names is in what the test loads. */
import { applyPatches } from '../patches/patch.ts';
import { PLANTED_BUGS } from './index.ts';

const bug = PLANTED_BUGS[process.env['GREGOR_PLANTED_BUG'] ?? ''];
if (bug === undefined) throw new Error('GREGOR_PLANTED_BUG names no planted bug');
applyPatches(bug.patches);
