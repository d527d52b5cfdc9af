/** Programs: other programs, which are given lines and answer with lines. */
export interface Programs {
  /** `exit` is told once, behind the last line, also when the program cannot be started. */
  start(command: readonly string[], told: ProgramListener): Program;
}

export interface ProgramListener {
  line(text: string): void;
  exit(how: ProgramExit): void;
}

export interface ProgramExit {
  /** False: there is no such program, or it must not be run. */
  readonly hasStarted: boolean;
  /** For people: how it ended, and the end of what it wrote to stderr. */
  readonly reason: string;
}

export interface Program {
  /** After it has ended that does nothing. */
  write(line: string): void;
  /** At once, with all that it started. */
  kill(): void;
}
