#!/usr/bin/env node
/**
 * gregor: what `package.json` names as the program. Plain JavaScript, so that any Node can read it and say what it needs.
 *
 * It prepares the process (thread pool, compile cache, short ways to our own files) and imports the rest: the built files of
 * a published package (Node strips no types below node_modules), else the TypeScript of a clone.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import v8 from 'node:v8';

const NODE_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MIN) {
  process.stderr.write(
    `gregor needs Node ${NODE_MIN} or newer, this is ${process.versions.node}. ` +
      'In a clone: npm install, then npm start or npx gregor. Elsewhere: https://nodejs.org\n',
  );
  process.exit(2);
}

// Read when the pool is first used, so before anything uses it.
process.env.UV_THREADPOOL_SIZE ??= '8';
module.enableCompileCache?.();
// A broker's memory is buffers, outside of V8's heap. As V8 13.6 comes, every 32 MiB of new ones make it mark the whole heap: half
// of the processor time under large requests. Counted with the heap they have its limits, which grow with what is alive: by half,
// because a heap that may double keeps what a burst left behind.
if (process.versions.v8.startsWith('13.6.')) {
  v8.setFlagsFromString('--external-memory-accounted-in-global-limit');
  v8.setFlagsFromString('--heap-growing-percent=50');
}

// A package that was installed is built; a clone runs its sources, whatever an old build left behind.
const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
const isInstalled = import.meta.url.includes('/node_modules/');
const entry = isInstalled || !existsSync(source) ? built : source;

// Our own imports name their files in full. Node would still ask the disk about every folder on the way, for 370 files: a quarter of
// the time until a broker is ready.
const home = new URL('..', entry).href;
const format = entry === source ? 'module-typescript' : 'module';
// A pipeline in TypeScript may lie anywhere: where no gregor is installed above it, it means this one.
module.registerHooks?.({
  resolve(specifier, context, next) {
    if (specifier === 'gregor' || specifier.startsWith('gregor/')) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    }
    if (!specifier.startsWith('.') || !context.parentURL?.startsWith(home)) return next(specifier, context);
    return { url: new URL(specifier, context.parentURL).href, format, shortCircuit: true };
  },
});
const { main } = await import(entry.href);
await main(process.argv.slice(2));
