/**
 * Transcripts: the life of one group, told in commands, with all that the mind does about each.
 *
 *   join a version=9 session=10s      `a` is a client; it remembers its member id and generation
 *   ----
 *   a join: MEMBER_ID_REQUIRED id=a-1
 *
 * UPDATE_TRANSCRIPTS=1 writes what happens now into the files: read the diff.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { errorNameOf } from '../protocol/index.ts';
import { DEFAULT_GROUP_SETTINGS, Decision, GroupMind, type GroupRecord } from './index.ts';

type Options = Record<string, string>;
interface Client {
  memberId: string;
  generation: number;
  instance: string | null;
}
const GROUP = 'g';
const folder = path.join(import.meta.dirname, 'testdata');

class Stage {
  #settings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0, sessionTimeoutMinMs: 1_000 };
  #mind = new GroupMind(this.#settings);
  #nowMs = 0;
  #ids = 0;
  #log: GroupRecord[] = [];
  #clients = new Map<string, Client>();
  #asked = new Map<number, { who: string; what: string }>();
  #timers = new Map<string, number>();
  #lines: string[] = [];

  run(command: string): string[] {
    this.#lines = [];
    const [verb = '', ...words] = command.split(/\s+/);
    const who = words[0] !== undefined && !words[0].includes('=') ? words.shift()! : '';
    const options = Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2))) as Options;
    this.#command(verb, who, options);
    return this.#lines;
  }

  #command(verb: string, who: string, options: Options): void {
    if (verb === 'settings') return this.#set(options);
    if (verb === 'wait') return this.#wait(ms(who));
    if (verb === 'restart') return this.#restart();
    const token = this.#asked.size + 1;
    this.#asked.set(token, { who, what: verb });
    const client = this.#client(who, options);
    const version = Number(options.version ?? 9);
    const { memberId, generation: generationId, instance: groupInstanceId } = client;
    const member = { groupId: GROUP, memberId, groupInstanceId, generationId };
    this.#decide((decision) => {
      const mind = this.#mind;
      if (verb === 'join') {
        const request = { ...joinTerms(options), groupId: GROUP, memberId, groupInstanceId, reason: null };
        mind.join(decision, token, request, {
          version,
          clientId: who,
          clientHost: '/h',
          uuid: String(++this.#ids),
        });
      } else if (verb === 'sync')
        mind.sync(decision, token, {
          ...member,
          protocolType: null,
          protocolName: null,
          assignments: this.#shares(options),
        });
      else if (verb === 'heartbeat') mind.heartbeat(decision, token, member);
      else if (verb === 'leave')
        mind.leave(decision, token, {
          request: { ...member, members: [{ memberId, groupInstanceId, reason: null }] },
          version,
        });
      else if (verb === 'commit')
        mind.commitOffsets(decision, token, { request: commit(member, options), version });
      else if (verb === 'fetch') mind.fetchOffsets(decision, token, { groupId: GROUP, topics: null });
      else if (verb === 'describe') mind.describe(decision, token, { groupId: GROUP, version });
      else if (verb === 'delete') mind.deleteGroup(decision, token, GROUP);
      else if (verb === 'expire') mind.expireOffsets(decision, GROUP);
      else throw new Error(`what is '${verb}'?`);
      if (decision.answers.every((answer) => answer.token !== token))
        this.#say(verb === 'expire' ? 'done' : `${who} ${verb}: parked`);
    });
  }

  #client(who: string, options: Options): Client {
    let client = this.#clients.get(who);
    if (client === undefined)
      this.#clients.set(who, (client = { memberId: '', generation: -1, instance: null }));
    if (options.instance !== undefined) client.instance = options.instance;
    if (options.id !== undefined) client.memberId = options.id === 'none' ? '' : options.id;
    if (options.generation !== undefined) client.generation = Number(options.generation);
    return client;
  }

  #shares({ assign = '' }: Options) {
    const shares = assign === '' ? [] : assign.split(';').map((share) => share.split(':'));
    return shares.map(([who, share]) => ({
      memberId: this.#clients.get(who!)?.memberId ?? who!,
      assignment: Buffer.from(share!),
    }));
  }

  #decide(act: (decision: Decision) => void): void {
    const decision = new Decision({ wallMs: this.#nowMs, sessionMs: this.#nowMs });
    act(decision);
    for (const record of decision.records) {
      this.#say(`  record ${recordText(record)}`);
      this.#log.push(record);
      this.#mind.replay(record);
    }
    for (const [key, atMs] of decision.timers) {
      this.#timers.delete(key);
      if (atMs !== null) this.#timers.set(key, atMs);
    }
    for (const { token, response } of decision.answers) this.#hear(token, response);
  }

  #hear(token: number, response: any): void {
    const { who, what } = this.#asked.get(token)!;
    const client = this.#clients.get(who)!;
    if (what === 'join' && response.memberId !== '') client.memberId = response.memberId;
    if (what === 'join' && response.generationId >= 0) client.generation = response.generationId;
    this.#say(`${who} ${what}: ${answerText(what, response)}`.trim());
  }

  #wait(duration: number): void {
    const endMs = this.#nowMs + duration;
    for (;;) {
      const [next] = [...this.#timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1]);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1]);
      const before = this.#lines.length;
      this.#decide((decision) => this.#mind.fire(decision, next[0]));
      if (this.#lines.length > before) this.#lines.splice(before, 0, `at ${this.#nowMs / 1000}s`);
    }
    this.#nowMs = endMs;
  }

  #restart(): void {
    this.#mind = new GroupMind(this.#settings);
    this.#timers.clear();
    for (const record of this.#log) this.#mind.replay(record);
    this.#decide((decision) => this.#mind.loaded(decision));
  }

  #set(options: Options): void {
    if (options.delay !== undefined) this.#settings.initialRebalanceDelayMs = ms(options.delay);
    if (options.retention !== undefined) this.#settings.offsetsRetentionMs = ms(options.retention);
    if (options.max !== undefined) this.#settings.groupSizeMax = Number(options.max);
    this.#mind = new GroupMind(this.#settings);
  }

  #say(line: string): void {
    this.#lines.push(line);
  }
}

const ms = (text: string) =>
  Number.parseFloat(text) * (text.endsWith('ms') ? 1 : text.endsWith('h') ? 3_600_000 : 1000);

function joinTerms({
  session = '10s',
  rebalance = '60s',
  type = 'consumer',
  protocols = 'range:t',
}: Options) {
  const named = protocols === 'none' ? [] : protocols.split(';').map((one) => one.split(':'));
  return {
    sessionTimeoutMs: ms(session),
    rebalanceTimeoutMs: rebalance === '-1' ? -1 : ms(rebalance),
    protocolType: type,
    protocols: named.map(([name, topics = '']) => ({
      name: name!,
      metadata: subscription(topics.split(',')),
    })),
  };
}

function subscription(topics: string[]): Buffer {
  const head = Buffer.alloc(6);
  head.writeInt32BE(topics.length, 2);
  return Buffer.concat([
    head,
    ...topics.map((topic) => Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic)])),
  ]);
}

function commit(
  member: { groupId: string; memberId: string; generationId: number; groupInstanceId: string | null },
  options: Options,
) {
  const { groupId, memberId, generationId, groupInstanceId } = member;
  const partition = {
    partitionIndex: 0,
    committedOffset: Number(options.offset ?? 0),
    committedLeaderEpoch: -1,
    committedMetadata: options.metadata === 'long' ? 'x'.repeat(5000) : (options.metadata ?? null),
  };
  const topics = [{ name: options.topic ?? 't', topicId: '0'.repeat(32), partitions: [partition] }];
  const retentionTimeMs = options.retention === undefined ? -1 : ms(options.retention);
  return {
    groupId,
    memberId,
    groupInstanceId,
    generationIdOrMemberEpoch: generationId,
    retentionTimeMs,
    topics,
  };
}

function recordText({ type, key, value }: GroupRecord): string {
  if (type === 'offsetCommit')
    return `${key.topic}-${key.partition} ${value === null ? 'forgotten' : `offset ${value.offset}`}`;
  if (value === null) return 'group deleted';
  const members = value.members.map((member) => `${member.memberId}=${member.assignment}`);
  return `generation ${value.generation} leader=${value.leader} ${value.protocol} [${members.join(' ')}]`;
}

function answerText(what: string, response: any): string {
  if (response.errorCode !== undefined && response.errorCode !== 0)
    return `${errorNameOf(response.errorCode)}${what === 'join' && response.memberId !== '' ? ` id=${response.memberId}` : ''}`;
  if (what === 'join') {
    const members = response.members.map((member: any) => member.memberId).join(' ');
    const skip = response.skipAssignment ? ' skip-assignment' : '';
    return `generation ${response.generationId} as ${response.memberId} leader=${response.leader} ${response.protocolName}${members === '' ? '' : ` [${members}]`}${skip}`;
  }
  if (what === 'sync') return `assigned '${response.assignment}'`;
  if (what === 'leave') return response.members.map((one: any) => errorNameOf(one.errorCode)).join(' ');
  if (what === 'commit') return errorNameOf(response.topics[0].partitions[0].errorCode);
  if (what === 'fetch')
    return response.topics
      .flatMap((t: any) => t.partitions.map((p: any) => `${t.name}-${p.partitionIndex}=${p.committedOffset}`))
      .join(' ');
  if (what === 'describe')
    return `${response.groupState} ${response.protocolType} ${response.protocolData} [${response.members.map((m: any) => `${m.memberId}=${m.memberAssignment}`).join(' ')}]`;
  return 'done';
}

function play(text: string): string {
  const stage = new Stage();
  const played = text
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const commands = block.split(/\n----(?:\n|$)/)[0]!.split('\n');
      const heard = commands
        .filter((line) => line !== '' && !line.startsWith('#'))
        .flatMap((line) => stage.run(line));
      if (commands.every((line) => line.startsWith('#'))) return commands.join('\n');
      return [...commands, '----', ...heard].join('\n');
    });
  return `${played.join('\n\n')}\n`;
}

for (const file of readdirSync(folder).sort())
  test(file.replace('.txt', '').replaceAll('-', ' '), () => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const played = play(text);
    if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(path.join(folder, file), played);
    else assert.equal(played, text);
  });
