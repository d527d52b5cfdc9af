/** The broker as a member of a group, where the coordinator forgets it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../../env/memory/index.ts';
import { type ErrorName, ERRORS } from '../../protocol/index.ts';
import { ASSIGNMENT } from '../share.ts';
import type { LocalLog } from './local-log.ts';
import { LocalMembership } from './membership.ts';
import type { Reader } from './reader.ts';

const codeOf = (name: ErrorName) => ERRORS[name][0];

/** Gives every newcomer a name, and knows after a reload only who was there before. */
class ReloadedGroups {
  readonly joins: string[] = [];
  #names = 0;

  async open() {}

  async joinGroup({ memberId }: { memberId: string }) {
    this.joins.push(memberId);
    const name: ErrorName = memberId === '' ? 'NONE' : 'FENCED_INSTANCE_ID';
    const given = memberId === '' ? `b-${++this.#names}` : memberId;
    return {
      errorCode: codeOf(name),
      generationId: 1,
      leader: 'a',
      members: [],
      memberId: given,
      skipAssignment: false,
      protocolName: ASSIGNMENT,
    };
  }

  async syncGroup({ memberId }: { memberId: string }) {
    const name: ErrorName = memberId === 'b-1' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'NONE';
    return { errorCode: codeOf(name), assignment: Buffer.alloc(0) };
  }

  async leaveGroup() {}
}

test('a member whose joining was lost with the coordinator joins as a new one, instead of meeting its former self', async () => {
  const groups = new ReloadedGroups();
  const { clock } = memoryEnvironment();
  const log = { clock, groups } as unknown as LocalLog;
  const options = { group: 'p', topics: ['in'], instance: 'b' };
  const membership = await LocalMembership.join(log, undefined as unknown as Reader, options);
  assert.deepEqual(groups.joins, ['', '']);
  assert.equal(membership.generation, 1);
  await membership.leave();
});
