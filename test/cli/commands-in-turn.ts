/** The process of a WarmGregor: gets the words of a command, runs it, says that its output has ended, and answers the exit code. */
import { run } from '../../src/cli/main.ts';
import { END } from './warm-gregor.ts';

let turn = Promise.resolve();
process.on('message', (words: readonly string[]) => {
  turn = turn.then(async () => {
    process.exitCode = undefined;
    const code = await run(words);
    for (const output of [process.stdout, process.stderr]) output.write(END);
    process.send!(code);
  });
});
process.once('disconnect', () => process.exit(0));
