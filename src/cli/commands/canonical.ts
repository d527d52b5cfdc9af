/** gregor canonical ...: its subcommands, one file each. */
import { Command } from 'commander';
import { canonicalAuditCommand } from './canonical-audit.ts';
import { canonicalListCommand, canonicalShowCommand } from './canonical-list.ts';
import { canonicalPublishCommand } from './canonical-publish.ts';
import { canonicalRestoreCommand } from './canonical-restore.ts';
import { canonicalTestCommand } from './canonical-test.ts';

export function canonicalCommand(): Command {
  return new Command('canonical')
    .description('definitions of clean records that can be turned back')
    .addCommand(canonicalTestCommand())
    .addCommand(canonicalPublishCommand())
    .addCommand(canonicalListCommand())
    .addCommand(canonicalShowCommand())
    .addCommand(canonicalAuditCommand())
    .addCommand(canonicalRestoreCommand());
}
