/**
 * Stage: members of one group as processes, and what they say: who owns what, and which records were seen by whom.
 *
 *   O1  a partition is assigned to one member only after its former owner said that it gave it back, or is dead
 *   O2  every record that was produced is seen
 *   O3  no record is seen twice, except from partitions whose owner was killed or fenced before it could commit
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Protocol } from './members.ts';

interface Told {
  readonly event: 'assigned' | 'revoked' | 'lost' | 'record' | 'closed' | 'commit-failed';
  readonly partitions?: readonly string[];
  readonly partition?: string;
  readonly offset?: number;
}

export interface MemberOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly group: string;
  readonly protocol: Protocol;
  readonly instance?: string;
}

/** Output of one process may overtake that of another by so much. */
const SLACK_MS = 300;

export class Member {
  readonly name: string;
  readonly owned = new Set<string>();
  /** How often something was taken from it while it ran. */
  revocations = 0;
  readonly #child: ChildProcess;
  errors = '';
  #isToEnd = false;

  constructor(name: string, command: readonly string[], options: MemberOptions, stage: Stage) {
    this.name = name;
    const { bootstrap, topic, group, protocol, instance = '' } = options;
    const [program, ...rest] = command;
    this.#child = spawn(program!, [...rest, bootstrap, topic, group, protocol, instance], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr!.on('data', (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString()).slice(-2_000);
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (line.startsWith('{')) stage.hear(this, JSON.parse(line) as Told);
    });
    this.#child.once('close', (code, signal) => {
      if (!this.#isToEnd) stage.fallen = `${name} ended by itself (${code ?? signal}): ${this.errors}`;
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return Promise.resolve();
    this.#isToEnd = true;
    return new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.kill(signal);
    });
  }
}

export class Stage {
  readonly problems: string[] = [];
  readonly members: Member[] = [];
  /** A member that nobody ended, and its last words. */
  fallen: string | undefined;
  /** Partition → who has it, and until when somebody else's claim is only a matter of output. */
  readonly #owners = new Map<string, Member>();
  /** `partition@offset` → how often it was seen. */
  readonly seen = new Map<string, number>();
  /** Partitions whose owner ended without a commit: records may come again. */
  readonly #mayRepeat = new Set<string>();

  start(name: string, command: readonly string[], options: MemberOptions): Member {
    const member = new Member(name, command, options, this);
    this.members.push(member);
    return member;
  }

  hear(member: Member, { event, partitions = [], partition = '', offset = -1 }: Told): void {
    if (event === 'assigned') for (const one of partitions) this.#give(member, one);
    else if (event === 'revoked' || event === 'lost') {
      if (partitions.length > 0) member.revocations += 1;
      for (const one of partitions) {
        member.owned.delete(one);
        if (event === 'lost') this.#mayRepeat.add(one);
        if (this.#owners.get(one) === member) this.#owners.delete(one);
      }
    } else if (event === 'record') this.#see(member, partition, offset);
    else if (event === 'commit-failed') for (const one of member.owned) this.#mayRepeat.add(one);
    else this.forget(member, false);
  }

  /** kill -9: what it had may be read again. */
  async kill(member: Member): Promise<void> {
    await member.end('SIGKILL');
    this.forget(member, true);
  }

  forget(member: Member, mayRepeat: boolean): void {
    for (const partition of member.owned) {
      if (mayRepeat) this.#mayRepeat.add(partition);
      if (this.#owners.get(partition) === member) this.#owners.delete(partition);
    }
    member.owned.clear();
  }

  /** O2 and O3, over everything so far. */
  checkRecords(produced: ReadonlyMap<string, number>): void {
    for (const [partition, count] of produced)
      for (let offset = 0; offset < count; offset++) {
        const times = this.seen.get(`${partition}@${offset}`) ?? 0;
        if (times === 0) this.problems.push(`${partition}@${offset} was never seen`);
        if (times > 1 && !this.#mayRepeat.has(partition))
          this.problems.push(`${partition}@${offset} was seen ${times} times`);
      }
  }

  #give(member: Member, partition: string): void {
    const other = this.#owners.get(partition);
    this.#owners.set(partition, member);
    member.owned.add(partition);
    if (other === undefined || other === member || !other.isRunning) return;
    setTimeout(() => {
      if (other.owned.has(partition) && member.owned.has(partition))
        this.problems.push(`${partition} is ${other.name}'s and ${member.name}'s at once`);
    }, SLACK_MS);
  }

  #see(member: Member, partition: string, offset: number): void {
    const key = `${partition}@${offset}`;
    this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
    if (!member.owned.has(partition))
      this.problems.push(`${member.name} reads ${partition} and does not own it`);
  }
}
