import assert from 'node:assert/strict';
import test from 'node:test';
import { startCommand } from '../commands/start.ts';
import { plainOptions } from './flags.ts';

/** What the command line's parser makes of them. Throws what it refuses. */
function parsed(parameters: readonly string[]): object {
  const command = startCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .action(() => {});
  return command.parse([...parameters], { from: 'user' }).opts();
}

const PLAIN = [
  '',
  '--data /tmp/x --listen 9093 --log-level warn',
  '--data=/tmp/x --listen=127.0.0.1:0 --log-level=debug --data /tmp/y',
  '--set a=1 --set=b=2=3 --set c= --allow-anonymous --allow-anonymous',
  '--pipeline a.yaml --pipeline b.ts --config server.properties',
  '--data= --config=-',
].map((line) => line.split(' ').filter((word) => word !== ''));

const NOT_PLAIN = [
  '--help',
  '-h',
  'extra',
  '--nope',
  '--nope=1',
  '--toString',
  '--constructor x',
  '--data',
  '--data -x',
  '--data --listen 1',
  '--log-level loud',
  '--log-level=',
  '--allow-anonymous=yes',
  '--',
  '-- --data x',
  '--data x extra',
].map((line) => line.split(' '));

test('a plain start is read as the parser of the command line reads it', () => {
  for (const parameters of PLAIN) assert.deepEqual(plainOptions(parameters), parsed(parameters));
  const spaces = ['--data', 'a folder', '--set', 'a=b\nc', '--config', ''];
  assert.deepEqual(plainOptions(spaces), parsed(spaces));
});

test('help and every mistake are left to the parser', () => {
  for (const parameters of NOT_PLAIN) assert.equal(plainOptions(parameters), undefined, parameters.join(' '));
});
