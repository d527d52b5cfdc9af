/** gregor canonical …: its subcommands, one file each. */
import { Command } from 'commander';
import { canonicalTestCommand } from './canonical-test.ts';

export function canonicalCommand(): Command {
  return new Command('canonical')
    .description('definitions of clean records that can be turned back')
    .addCommand(canonicalTestCommand());
}
