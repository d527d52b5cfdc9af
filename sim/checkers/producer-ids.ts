/** I1: a producer id belongs to one producer for ever: no other one is ever given it. */
import type { CheckerKind } from './checker.ts';

export const producerIds: CheckerKind = {
  promises: ['I1'],
  make(violated) {
    const owners = new Map<number, string>();
    return {
      name: 'producer ids',
      producerId(producer, id) {
        const owner = owners.get(id);
        if (owner !== undefined) violated(`I1: producer id ${id} was given to ${owner}, and to ${producer}`);
        owners.set(id, producer);
      },
    };
  },
};
