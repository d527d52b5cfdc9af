/** Scenarios: what happens to a group. Each gives back what went wrong. */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Protocol } from './members.ts';
import { type Member, Stage } from './stage.ts';

export interface Cast {
  readonly bootstrap: string;
  readonly command: readonly string[];
  readonly protocol: Protocol;
  /** Finds partitions that were added without anything else happening. */
  readonly noticesGrowth: boolean;
  /** A static member goes so before it comes back: clients that say good-bye for good can only be killed. */
  readonly staticEnd: 'SIGTERM' | 'SIGKILL';
}

const PATIENCE_MS = 60_000;
const PARTITIONS = 6;
let groups = 0;

/** One member, a second, the first leaves, a third is killed, partitions are added. */
export async function crashAndGrow(cast: Cast): Promise<string[]> {
  const world = await World.open(cast, 'grow');
  const { stage } = world;
  try {
    const first = world.start('first');
    await world.until('the first owns all', () => first.owned.size === PARTITIONS);
    await world.produce(60);
    const second = world.start('second');
    await world.until('both own half', () => first.owned.size === 3 && second.owned.size === 3);
    await world.produce(60);
    await first.end('SIGTERM');
    await world.until('the second owns all', () => second.owned.size === PARTITIONS);
    await world.produce(60);
    const third = world.start('third');
    await world.until('the third has its half', () => third.owned.size === 3 && second.owned.size === 3);
    await stage.kill(third);
    await world.produce(60);
    await world.until('the killed one is missed', () => second.owned.size === PARTITIONS);
    await world.grow(PARTITIONS + 2);
    // Who does not look finds them when the group shares anew.
    const fourth = cast.noticesGrowth ? undefined : world.start('fourth');
    const owned = () => second.owned.size + (fourth?.owned.size ?? 0);
    await world.until('new partitions are read', () => owned() === PARTITIONS + 2);
    await world.produce(80);
    await world.until('all is read', () => world.isAllSeen());
    await Promise.all([second.end('SIGTERM'), fourth?.end('SIGTERM')]);
  } catch (error) {
    stage.problems.push((error as Error).message);
  }
  return world.close();
}

/** Two static members; one restarts within its session: the other must not notice. */
export async function staticRestart(cast: Cast): Promise<string[]> {
  const world = await World.open(cast, 'static');
  const { stage } = world;
  try {
    const one = world.start('one', 'i1');
    const two = world.start('two', 'i2');
    await world.until('both own half', () => one.owned.size === 3 && two.owned.size === 3);
    await world.produce(30);
    await world.until('all is read', () => world.isAllSeen());
    const before = [...one.owned].sort().join();
    const { revocations } = two;
    if (cast.staticEnd === 'SIGKILL') await stage.kill(one);
    else await one.end('SIGTERM');
    const again = world.start('one again', 'i1');
    await world.until('it is back', () => again.owned.size === 3);
    if ([...again.owned].sort().join() !== before)
      stage.problems.push('it owns other partitions than before');
    if (two.revocations !== revocations) stage.problems.push('the other lost partitions meanwhile');
    await world.produce(30);
    await world.until('all is read', () => world.isAllSeen());
    await Promise.all([again.end('SIGTERM'), two.end('SIGTERM')]);
  } catch (error) {
    stage.problems.push((error as Error).message);
  }
  return world.close();
}

/** A subscription by expression, and a topic that appears later. */
export async function patterns(cast: Cast): Promise<string[]> {
  const world = await World.open(cast, 'pattern');
  try {
    const member = world.start('member', '', `^${world.topic}.*`);
    await world.until('it owns what is there', () => member.owned.size === PARTITIONS);
    await world.create(`${world.topic}-later`, 2);
    await world.until('it owns what came', () => member.owned.size === PARTITIONS + 2);
    await member.end('SIGTERM');
  } catch (error) {
    world.stage.problems.push((error as Error).message);
  }
  return world.close();
}

class World {
  readonly stage = new Stage();
  readonly topic: string;
  readonly #cast: Cast;
  readonly #admin;
  readonly #producer;
  readonly #produced = new Map<string, number>();
  #partitions = PARTITIONS;

  private constructor(cast: Cast, name: string) {
    this.#cast = cast;
    this.topic = `${name}-${process.pid}-${++groups}`;
    const kafka = new Kafka({ brokers: [cast.bootstrap], logLevel: logLevel.NOTHING });
    this.#admin = kafka.admin();
    this.#producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      metadataMaxAge: 200,
    });
  }

  static async open(cast: Cast, name: string): Promise<World> {
    const world = new World(cast, name);
    await Promise.all([world.#admin.connect(), world.#producer.connect()]);
    await world.create(world.topic, PARTITIONS);
    return world;
  }

  start(name: string, instance = '', topic = this.topic): Member {
    const { bootstrap, protocol, command } = this.#cast;
    return this.stage.start(name, command, {
      bootstrap,
      topic,
      group: `${this.topic}-group`,
      protocol,
      instance,
    });
  }

  async create(topic: string, numPartitions: number): Promise<void> {
    await this.#admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  }

  async grow(count: number): Promise<void> {
    await this.#admin.createPartitions({ topicPartitions: [{ topic: this.topic, count }] });
    this.#partitions = count;
    await new Promise((resolve) => setTimeout(resolve, 300)); // until the producer looks at the metadata anew
  }

  async produce(count: number): Promise<void> {
    const messages = Array.from({ length: count }, (_, n) => ({
      value: `v${n}`,
      partition: n % this.#partitions,
    }));
    await this.#producer.send({ topic: this.topic, messages });
    for (const { partition } of messages) {
      const key = `${this.topic}/${partition}`;
      this.#produced.set(key, (this.#produced.get(key) ?? 0) + 1);
    }
  }

  isAllSeen(): boolean {
    for (const [partition, count] of this.#produced)
      if (!this.stage.seen.has(`${partition}@${count - 1}`)) return false;
    return true;
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isTrue()) {
      if (this.stage.fallen !== undefined) throw new Error(`${what}: ${this.stage.fallen}`);
      if (performance.now() > deadline) {
        const owned = this.stage.members.map((member) => `${member.name} ${[...member.owned].length}`);
        throw new Error(
          `not in time: ${what} (${owned.join(', ')}) ${this.stage.members.at(-1)?.errors ?? ''}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<string[]> {
    await Promise.all(this.stage.members.map((member) => member.end('SIGKILL')));
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()]);
    this.stage.checkRecords(this.#produced);
    return this.stage.problems;
  }
}
