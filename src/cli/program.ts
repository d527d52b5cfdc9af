/** Program: the commands, and the parser that finds the one which was asked for. Only that one is loaded. */
import { Command, CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import { version } from './version.ts';

type Load = () => Promise<Command>;

const COMMANDS: Readonly<Record<string, Load>> = {
  start: async () => (await import('./commands/start.ts')).startCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  why: async () => (await import('./commands/why.ts')).whyCommand(),
  topic: async () => (await import('./commands/topic.ts')).topicCommand(),
  group: async () => (await import('./commands/group.ts')).groupCommand(),
  produce: async () => (await import('./commands/produce.ts')).produceCommand(),
  consume: async () => (await import('./commands/consume.ts')).consumeCommand(),
  canonical: async () => (await import('./commands/canonical.ts')).canonicalCommand(),
  schema: async () => (await import('./commands/schema.ts')).schemaCommand(),
  pipeline: async () => (await import('./commands/pipeline.ts')).pipelineCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  repair: async () => (await import('./commands/repair.ts')).repairCommand(),
  backup: async () => (await import('./commands/backup.ts')).backupCommand(),
  restore: async () => (await import('./commands/restore.ts')).restoreCommand(),
  dump: async () => (await import('./commands/dump.ts')).dumpCommand(),
};

const EPILOGUE = `
Every client command takes -b HOST:PORT (or $GREGOR_BOOTSTRAP; default 127.0.0.1:9092) and works with any Kafka.
First steps:  gregor start
              gregor produce hello "first record"
              gregor consume hello`;

/** The exit code; what the parser has to say was printed. Throws what the command throws. */
export async function runCommand(parameters: readonly string[]): Promise<number> {
  try {
    const program = await programFor(parameters);
    await program.parseAsync([...parameters], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

async function programFor(parameters: readonly string[]): Promise<Command> {
  const program = new Command('gregor')
    .description(
      'The Kafka-compatible log in TypeScript: one command, durable by default, unmodified Kafka clients.',
    )
    .version(version(), '-V, --version')
    .addHelpText('after', EPILOGUE);
  const named = COMMANDS[parameters[0] ?? ''];
  for (const load of named === undefined ? Object.values(COMMANDS) : [named])
    program.addCommand(await load());
  prepare(program, 'gregor');
  if (parameters.length === 0) program.help();
  return program;
}

/** Commander's own exit would cut off what is still being written. Every refusal names the page that helps. */
function prepare(command: Command, name: string): void {
  command.exitOverride().showHelpAfterError(`(${name} --help lists what there is)`);
  for (const child of command.commands) prepare(child, `${name} ${child.name()}`);
}
