/** JournalOptions: the named limits of a journal. JournalStart: where it begins, as the manifest keeps it. */
export interface JournalOptions {
  /** Folder of the files, on the environment's disk. */
  readonly directory: string;
  /** `gregor.journal.bytes`: all files together. */
  readonly limitBytes: number;
  /** Size to which one file grows. */
  readonly fileBytes: number;
  /** Files grow in synced steps of this size, ahead of need. */
  readonly stepBytes: number;
  /** A frame is closed once it is this large; one batch may exceed it. */
  readonly frameTargetBytes: number;
  /** Kept for metadata, deletes, commits and manifests. */
  readonly reserveBytes: number;
  /** This long after the last frame an empty one proves that it was durable. */
  readonly sealAfterMs: number;
}

/** One life of the program, as far as its frames count. */
export interface JournalSession {
  readonly session: number;
  /** Slot of the file with its first frame, and where that frame begins. */
  readonly file: number;
  readonly position: number;
  readonly firstSequence: number;
  /** CRC of the frame before the first one. */
  readonly previousCrc: number;
  /** Inclusive; absent while the session lasts. */
  readonly lastSequence?: number | undefined;
}

export interface JournalStart {
  /** The newest session's number. */
  readonly session: number;
  /** Sessions whose frames lie behind the checkpoint, oldest first. */
  readonly sessions: readonly JournalSession[];
  /** The highest sequence that the manifest itself knows to be durable. */
  readonly durableSequence: number;
}
