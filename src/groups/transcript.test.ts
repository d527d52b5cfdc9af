/**
 * Transcripts: the life of one group, told in commands, with all that the mind does about each.
 *
 *   join a version=9 session=10s      `a` is a client; it remembers its member id and generation
 *   ----
 *   a join: MEMBER_ID_REQUIRED id=a-1
 *
 *   topic t 4                         there is a topic with 4 partitions, or it has grown; `topic t gone`
 *   beat a topics=t owned=t:0,1       a heartbeat of the consumer protocol; it remembers its member epoch
 *
 * UPDATE_TRANSCRIPTS=1 writes what happens now into the files: read the diff.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { decodeAssignment, encodeAssignment, encodeSubscription, errorNameOf } from '../protocol/index.ts';
import {
  DEFAULT_GROUP_SETTINGS,
  Decision,
  GroupMind,
  type GroupSettings,
  type ReplayedRecord,
  type WrittenRecord,
} from './index.ts';
import { StageTopics } from './stage-topics.ts';

type Options = Record<string, string>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };
interface Client {
  memberId: string;
  generation: number;
  instance: string | null;
  epoch: number;
}
const GROUP = 'g';
const folder = path.join(import.meta.dirname, 'testdata');

class Stage {
  #settings: Writable<GroupSettings> = {
    ...DEFAULT_GROUP_SETTINGS,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMinMs: 1_000,
  };
  readonly #topics = new StageTopics();
  #mind = new GroupMind(this.#settings, this.#topics);
  #nowMs = 0;
  #ids = 0;
  #log: ReplayedRecord[] = [];
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
    if (verb === 'topic') return this.#topic(who, Object.keys(options)[0]!);
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
        mind.commitOffsets(decision, token, { request: commit(member, options, this.#topics), version });
      else if (verb === 'fetch') mind.fetchOffsets(decision, token, { groupId: GROUP, topics: null });
      else if (verb === 'describe') mind.describe(decision, token, { groupId: GROUP, version });
      else if (verb === 'delete') mind.deleteGroup(decision, token, GROUP);
      else if (verb === 'beat')
        mind.consumerHeartbeat(decision, token, beat(client, options, this.#topics), {
          version: options.version === undefined ? 1 : version,
          clientId: who,
          clientHost: '/h',
          newMemberId: String(++this.#ids),
        });
      else if (verb === 'show') mind.describeConsumer(decision, token, GROUP);
      else if (verb === 'expire') mind.expireOffsets(decision, GROUP);
      else throw new Error(`what is '${verb}'?`);
      if (decision.answers.every((answer) => answer.token !== token))
        this.#say(verb === 'expire' ? 'done' : `${who} ${verb}: parked`);
    });
  }

  #client(who: string, options: Options): Client {
    let client = this.#clients.get(who);
    if (client === undefined)
      this.#clients.set(who, (client = { memberId: '', generation: -1, instance: null, epoch: 0 }));
    if (options.instance !== undefined) client.instance = options.instance;
    if (options.id !== undefined) client.memberId = options.id === 'none' ? '' : options.id;
    if (options.epoch !== undefined) client.epoch = Number(options.epoch);
    if (options.generation !== undefined) client.generation = Number(options.generation);
    return client;
  }

  /** `assign=a:text` is the assignment as it is; `give=a=t:0|b=t:1` that of the consumer protocol. */
  #shares({ assign = '', give = '' }: Options) {
    if (give !== '')
      return give.split('|').map((one) => {
        const [who, share] = one.split(/=(.*)/s);
        const assignedPartitions = Object.entries(partitionsIn(share!)).map(([topic, partitions]) => {
          return { topic, partitions };
        });
        const memberId = this.#clients.get(who!)!.memberId;
        return { memberId, assignment: encodeAssignment({ assignedPartitions, userData: null }) };
      });
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
      this.#say(`  record ${recordText(record, this.#topics)}`);
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
    if (what === 'beat' && response.errorCode === 0) {
      client.memberId = response.memberId;
      client.epoch = Math.max(response.memberEpoch, 0);
      client.generation = response.memberEpoch;
    }
    this.#say(`${who} ${what}: ${answerText(what, response, this.#topics)}`.trim());
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
    this.#mind = new GroupMind(this.#settings, this.#topics);
    this.#timers.clear();
    for (const record of this.#log) this.#mind.replay(record);
    this.#decide((decision) => this.#mind.loaded(decision));
  }

  #topic(name: string, partitions: string): void {
    this.#topics.set(name, partitions === 'gone' ? 0 : Number(partitions));
    this.#mind.topicChanged(name);
    this.#say(partitions === 'gone' ? 'gone' : 'there');
  }

  #set(options: Options): void {
    if (options.delay !== undefined) this.#settings.initialRebalanceDelayMs = ms(options.delay);
    if (options.retention !== undefined) this.#settings.offsetsRetentionMs = ms(options.retention);
    if (options.migration !== undefined) this.#settings.migrationPolicy = options.migration as 'disabled';
    if (options.max !== undefined) this.#settings.consumerGroupSizeMax = Number(options.max);
    if (options.max !== undefined) this.#settings.groupSizeMax = Number(options.max);
    this.#mind = new GroupMind(this.#settings, this.#topics);
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
  owned = 'none',
}: Options) {
  const named = protocols === 'none' ? [] : protocols.split(';').map((one) => one.split(':'));
  const ownedPartitions = Object.entries(partitionsIn(owned)).map(([topic, partitions]) => {
    return { topic, partitions };
  });
  return {
    sessionTimeoutMs: ms(session),
    rebalanceTimeoutMs: rebalance === '-1' ? -1 : ms(rebalance),
    protocolType: type,
    protocols: named.map(([name, topics = '']) => ({
      name: name!,
      metadata: encodeSubscription(
        { topics: topics.split(','), userData: null, ownedPartitions },
        owned === 'none' ? 0 : 1,
      ),
    })),
  };
}

/** `t:0,1;u:2` */
function partitionsIn(text: string): Record<string, number[]> {
  if (text === 'none') return {};
  return Object.fromEntries(
    text.split(';').map((one) => {
      const [topic, partitions] = one.split(':');
      return [topic!, partitions!.split(',').map(Number)];
    }),
  );
}

function beat(client: Client, options: Options, topics: StageTopics) {
  const isJoining = client.epoch === 0;
  const { owned = isJoining ? 'none' : undefined, timeout = isJoining ? '60s' : undefined } = options;
  const names = options.topics ?? (isJoining && options.regex === undefined ? 't' : undefined);
  return {
    groupId: GROUP,
    memberId: client.memberId,
    memberEpoch: client.epoch,
    instanceId: client.instance,
    rackId: null,
    rebalanceTimeoutMs: timeout === undefined ? -1 : ms(timeout),
    subscribedTopicNames: names === undefined ? null : names === 'none' ? [] : names.split(','),
    subscribedTopicRegex: options.regex ?? null,
    serverAssignor: options.assignor ?? null,
    topicPartitions:
      owned === undefined
        ? null
        : Object.entries(partitionsIn(owned)).map(([name, partitions]) => {
            return { topicId: topics.idOf(name), partitions };
          }),
  };
}

function commit(
  member: { groupId: string; memberId: string; generationId: number; groupInstanceId: string | null },
  options: Options,
  stage: StageTopics,
) {
  const { groupId, memberId, generationId, groupInstanceId } = member;
  const partition = {
    partitionIndex: Number(options.partition ?? 0),
    committedOffset: Number(options.offset ?? 0),
    committedLeaderEpoch: -1,
    committedMetadata: options.metadata === 'long' ? 'x'.repeat(5000) : (options.metadata ?? null),
  };
  const name = options.topic ?? 't';
  const topics = [{ name, topicId: stage.idOf(name), partitions: [partition] }];
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

function recordText(record: WrittenRecord, topics: StageTopics): string {
  if (record.type === 'pendingOffset')
    return `${record.key.topic}-${record.key.partition} offset ${record.value.offset} in the transaction of ${record.producerId}`;
  const { type, key, value } = record;
  if (type === 'offsetCommit')
    return `${key.topic}-${key.partition} ${value === null ? 'forgotten' : `offset ${value.offset}`}`;
  if (type !== 'groupMetadata') return consumerRecordText(record, topics);
  if (value === null) return 'group deleted';
  const members = value.members.map((member) => `${member.memberId}=${assignmentText(member.assignment)}`);
  return `generation ${value.generation} leader=${value.leader} ${value.protocol} [${members.join(' ')}]`;
}

function consumerRecordText(record: any, topics: StageTopics): string {
  const { type, key, value } = record;
  const subject = key.memberId ?? key.regularExpression ?? 'group';
  const kind = type.replace('consumerGroup', '');
  if (value === null) return `${kind} of ${subject} forgotten`;
  switch (kind) {
    case 'Metadata':
      return `group epoch ${value.epoch}`;
    case 'MemberMetadata':
      return `${subject} reads ${value.subscribedTopicNames}${value.subscribedTopicRegex ? `/${value.subscribedTopicRegex}/` : ''}${value.classicMemberMetadata ? ' (classic)' : ''}`;
    case 'TargetAssignmentMetadata':
      return `assignment for epoch ${value.assignmentEpoch}`;
    case 'TargetAssignmentMember':
      return `${subject} shall own ${topics.text(value.topicPartitions)}`;
    case 'CurrentMemberAssignment': {
      const state = ['stable', 'must give back', 'waits for more'][value.state];
      const revoking = topics.text(value.partitionsPendingRevocation);
      return `${subject} in epoch ${value.memberEpoch} has ${topics.text(value.assignedPartitions)}: ${state}${revoking === 'nothing' ? '' : ` ${revoking}`}`;
    }
    default:
      return `/${subject}/ is ${value.topics}`;
  }
}

/** What a leader of ours sent as text, or the bytes of the consumer protocol. */
function assignmentText(assignment: Buffer): string {
  if (assignment.length < 6 || assignment[0] !== 0) return assignment.toString();
  return decodeAssignment(assignment)
    .assignedPartitions.map(({ topic, partitions }) => `${topic}:${partitions}`)
    .join(';');
}

function answerText(what: string, response: any, topics: StageTopics): string {
  if (response.errorCode !== undefined && response.errorCode !== 0)
    return `${errorNameOf(response.errorCode)}${what === 'join' && response.memberId !== '' ? ` id=${response.memberId}` : ''}`;
  if (what === 'join') {
    const members = response.members.map((member: any) => member.memberId).join(' ');
    const skip = response.skipAssignment ? ' skip-assignment' : '';
    return `generation ${response.generationId} as ${response.memberId} leader=${response.leader} ${response.protocolName}${members === '' ? '' : ` [${members}]`}${skip}`;
  }
  if (what === 'sync') return `assigned '${assignmentText(response.assignment)}'`;
  if (what === 'beat')
    return `epoch ${response.memberEpoch}${response.assignment === null ? '' : `, owns ${topics.text(response.assignment.topicPartitions)}`}`;
  if (what === 'show')
    return `${response.groupState} epoch ${response.groupEpoch} assignment ${response.assignmentEpoch} [${response.members.map((m: any) => `${m.memberId}@${m.memberEpoch}=${topics.text(m.assignment.topicPartitions)}`).join(' ')}]`;
  if (what === 'leave') return response.members.map((one: any) => errorNameOf(one.errorCode)).join(' ');
  if (what === 'commit') return errorNameOf(response.topics[0].partitions[0].errorCode);
  if (what === 'fetch')
    return response.topics
      .flatMap((t: any) => t.partitions.map((p: any) => `${t.name}-${p.partitionIndex}=${p.committedOffset}`))
      .join(' ');
  if (what === 'describe')
    return `${response.groupState} ${response.protocolType} ${response.protocolData} [${response.members.map((m: any) => `${m.memberId}=${assignmentText(m.memberAssignment)}`).join(' ')}]`;
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
