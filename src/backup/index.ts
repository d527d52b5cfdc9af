/** The door of backup: what a pinned manifest names, copied away and back. */
export {
  BACKUP_FILE,
  type BackupLabel,
  backUp,
  type CopySummary,
  readLabel,
  restore,
  TargetRefused,
} from './backup.ts';
export type { CopyDamage } from './copied-log.ts';
