/**
 * Scripts: regular expressions of the consumer protocol. Kafka compiles them with RE2/J: each construct either is refused at once or
 * says which topics the member reads. Kafka looks the topics up behind the answer, so the description is asked until it is settled.
 */
import {
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  type ConsumerGroupHeartbeatResponse,
} from '../../../src/protocol/index.ts';
import { ask, makeTopic, type Script, type Step, script } from '../script.ts';
import { type Beat, beat, join } from './consumer-requests.ts';

/** The member says everything anew until the group gives it so many partitions: Kafka looks at what it found with a heartbeat only. */
const given = (group: string, how: Beat, count: number) =>
  ask(
    consumerGroupHeartbeatApi,
    1,
    beat(group, { timeout: 60_000, owned: [], epoch: 0, ...how }).request as never,
    {
      until: ({ errorCode, assignment }) => errorCode !== 0 || partitionsOf(assignment) === count,
      pick: ({ errorCode, assignment }) => ({ errorCode, partitions: partitionsOf(assignment) }),
    },
  );

const partitionsOf = (assignment: ConsumerGroupHeartbeatResponse['assignment']) =>
  (assignment?.topicPartitions ?? []).flatMap(({ partitions }) => partitions).length;

/** The topics that the members shall read, by the last letters of their names. */
const read = (group: string) =>
  ask(
    consumerGroupDescribeApi,
    1,
    { groupIds: [group], includeAuthorizedOperations: false },
    {
      pick: ({ groups }) =>
        groups[0]!.members.map((member) => ({
          memberId: member.memberId,
          regex: member.subscribedTopicRegex?.replace(/^.*_/, ''),
          topics: member.targetAssignment.topicPartitions
            .map(({ topicName }) => topicName.replace(/^.*_/, ''))
            .sort(),
        })),
    },
  );

const TOPICS = ['a', 'b', 'B', 'ab', 'a.b', 'a-1', 'a12', 'aaa'];
const topics = (group: string): Step[] => TOPICS.map((name) => makeTopic(`${group}_${name}`));

/** What stands behind the script's own name and an underscore, and how many of the topics it reads. */
const READS: readonly (readonly [what: string, expression: string, count: number])[] = [
  ['all of it must fit', 'a', 1],
  ['anything', '.*', 8],
  ['a dot that is a dot', 'a\\.b', 1],
  ['alternatives', '(a|b)', 2],
  ['classes of characters', 'a[0-9-]+', 2],
  ['a class turned round', '[^a-z]', 1],
  ['digits', 'a\\d+', 1],
  ['words', '\\w+', 6],
  ['letters by name', '\\p{Lu}', 1],
  ['letters by POSIX’s name', 'a[[:digit:]]{2}', 1],
  ['counts', 'a{3}', 1],
  ['open counts', 'a{2,}', 1],
  ['as little as possible', 'a+?', 2],
  ['without regard to case', '(?i)b', 2],
  ['without regard to case in a part', '(?i:B)', 2],
  ['a group with a name', '(?P<n>ab)', 1],
  ['a quotation', '\\Qa.b\\E', 1],
  ['anchors of the text', '\\Aa\\z', 0],
  ['a line end', 'a$', 1],
  ['a word’s edge', 'a\\b.b', 1],
  ['nothing or something', '(ab)?', 1],
  ['a code of a character', '\\x61', 1],
  ['an octal code', '\\141', 1],
];

/** Whether the expression is taken; what it finds comes later. */
const taken = (group: string, regex: string) =>
  ask(consumerGroupHeartbeatApi, 1, join(group, { regex, topics: null }).request as never, {
    pick: ({ errorCode }) => ({ errorCode }),
  });

/** Each refused by one of the two kinds of engines that are in use. */
const DOUBTFUL: readonly (readonly [what: string, expression: string])[] = [
  ['a possessive count', 'a++'],
  ['a group with a name, as Java writes it', '(?<n>a)'],
  ['an atomic group', '(?>a)'],
  ['a look-behind', '(?<=a)b'],
  ['a negative look-ahead', 'a(?!b)'],
  ['a class inside a class', '[a-z&&[^b]]'],
  ['a count of a thousand', 'a{1000}'],
  ['counts that multiply to more than a thousand', '(a{100}){11}'],
  ['an open class', '[a'],
  ['an open count', 'a{2'],
  ['a count backwards', 'a{3,2}'],
  ['a star in front', '*a'],
  ['a script of letters', '\\p{Greek}'],
  ['a property that does not exist', '\\p{Nothing}'],
  ['a line break of any kind', '\\R'],
  ['a byte', '\\C'],
  ['the end of the text, Perl’s way', 'a\\Z'],
  ['a back-reference by name', '(?P<n>a)(?P=n)'],
  ['one name for two groups', '(?P<n>a)(?P<n>b)'],
  ['flags that do not exist', '(?x)a'],
  ['an empty alternative', 'a|'],
  ['a closed bracket', 'a]'],
  ['a closed parenthesis', 'a)'],
  ['a comment', '(?#note)a'],
  ['a backslash at the end', 'a\\'],
  ['nested stars, which make some engines slow', '(a*)*b'],
];

export const EXPRESSIONS: readonly Script[] = [
  ...READS.map(([what, expression, count]) =>
    script(`expression: ${what}`, (group) => [
      ...topics(group),
      given(group, { regex: `${group}_${expression}` }, count),
      read(group),
    ]),
  ),
  ...DOUBTFUL.map(([what, expression]) =>
    script(`expression: understood or not, ${what}`, (group) => [taken(group, expression)]),
  ),
  script('expression: beside names', (group) => [
    ...topics(group),
    given(group, { regex: `${group}_(b|B)`, topics: [`${group}_a`, `${group}_b`] }, 3),
    read(group),
  ]),
  script('expression: another one', (group) => [
    ...topics(group),
    given(group, { regex: `${group}_b` }, 1),
    given(group, { regex: `${group}_a.*` }, 6),
    read(group),
  ]),
  script('expression: given up for names', (group) => [
    ...topics(group),
    given(group, { regex: `${group}_a.*` }, 6),
    given(group, { regex: '', topics: [`${group}_b`] }, 1),
    read(group),
  ]),
  script('expression: members with different ones', (group) => [
    ...topics(group),
    given(group, { id: 'a', regex: `${group}_a` }, 1),
    given(group, { id: 'b', regex: `${group}_b` }, 1),
    given(group, { id: 'c', regex: `${group}_nothing` }, 0),
    read(group),
  ]),
  script('expression: members with one and the same', (group) => [
    ...topics(group),
    given(group, { id: 'a', regex: `${group}_[ab]` }, 2),
    given(group, { id: 'b', regex: `${group}_[ab]` }, 0),
    given(group, { id: 'a', regex: `${group}_[ab]` }, 1),
    given(group, { id: 'b', regex: `${group}_[ab]` }, 1),
  ]),
  script('expression: an internal topic is a topic', (group) => [
    makeTopic(`${group}_a`),
    given(group, { regex: `(__consumer_offsets|${group}_a)` }, 5),
    read(group),
  ]),
  script('expression: an empty one alone', (group) => [join(group, { id: 'a', regex: '', topics: null })]),
];
