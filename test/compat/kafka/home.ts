/**
 * Kafka's jars from Maven Central, in `.cache/kafka/<version>-<checksum of pom.xml>` outside git: fetched once, then found.
 *
 * `node test/compat/kafka/home.ts` fetches them and prints the folder.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const HERE = import.meta.dirname;
const CACHE = path.join(HERE, '../../../.cache/kafka');

export const LOG_SETTINGS = path.join(HERE, 'log4j2.properties');

export interface KafkaHome {
  readonly version: string;
  readonly jars: string;
  /** For `java -cp` and `javac -cp`. */
  readonly classPath: string;
}

/** The jars, or why there are none. */
export function kafkaHome(): KafkaHome | { readonly missing: string } {
  const pom = readFileSync(path.join(HERE, 'pom.xml'), 'utf8');
  const version = /<kafka\.version>([^<]+)</.exec(pom)![1]!;
  const jars = path.join(CACHE, `${version}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`);
  const home = { version, jars, classPath: path.join(jars, '*') };
  if (existsSync(jars)) return home;
  for (const tool of ['java', 'mvn'])
    if (spawnSync(tool, ['-version']).error !== undefined) return { missing: `${tool} is not installed` };
  // Into a folder of its own first: a download that broke off must not look like a complete one.
  const unfinished = `${jars}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const mvn = spawnSync(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      path.join(HERE, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${unfinished}`,
      '-DincludeScope=runtime',
    ],
    { encoding: 'utf8' },
  );
  if (mvn.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    const why = mvn.stdout.split('\n').find((line) => line.includes('ERROR'));
    return { missing: `Maven Central gave no Kafka ${version}: ${why ?? mvn.stderr.slice(-500)}` };
  }
  if (existsSync(jars)) rmSync(unfinished, { recursive: true, force: true });
  else renameSync(unfinished, jars);
  return home;
}

if (import.meta.main) {
  const home = kafkaHome();
  if ('missing' in home) {
    console.error(home.missing);
    process.exit(1);
  }
  console.log(home.jars);
}
