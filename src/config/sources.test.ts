import assert from 'node:assert/strict';
import test from 'node:test';
import {
  effectiveBrokerConfig,
  isLoopback,
  NO_LAYERS,
  parseHostPort,
  parseListeners,
  parseProperties,
  settingsFromEnvironment,
} from './index.ts';

test('a properties file is read as Java reads it', () => {
  const text = [
    '# a comment',
    '! another',
    '',
    'listeners=PLAINTEXT://:9092',
    'node.id : 3',
    '  log.dirs = /data/\\',
    '     kafka   ',
    'spaced value here',
    'empty=',
    'path=C:\\\\data\\u0041\\tx',
    'a\\=b=c',
    'node.id=4',
  ].join('\r\n');
  assert.deepEqual(Object.fromEntries(parseProperties(text)), {
    listeners: 'PLAINTEXT://:9092',
    'node.id': '4',
    'log.dirs': '/data/kafka',
    spaced: 'value here',
    empty: '',
    path: 'C:\\dataA\tx',
    'a=b': 'c',
  });
});

test('the environment of Kafka’s container image sets what it sets there', () => {
  const settings = settingsFromEnvironment({
    KAFKA_LISTENERS: 'PLAINTEXT://:9092',
    KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092',
    KAFKA_LOG_RETENTION_HOURS: '5',
    KAFKA_PRODUCER__BYTE__RATE: '1',
    KAFKA_HEAP_OPTS: '-Xmx1g',
    KAFKA_LOG4J_ROOT_LOGLEVEL: 'WARN',
    GREGOR_FLUSH: 'os',
    GREGOR_BOOTSTRAP: 'localhost:9092',
    PATH: '/bin',
  });
  assert.deepEqual(Object.fromEntries(settings), {
    listeners: 'PLAINTEXT://:9092',
    'advertised.listeners': 'PLAINTEXT://kafka:9092',
    'log.retention.hours': '5',
    producer_byte_rate: '1',
    'gregor.flush': 'os',
  });
});

const listenersOf = (texts: Record<string, string>) =>
  parseListeners(effectiveBrokerConfig({ ...NO_LAYERS, static: new Map(Object.entries(texts)) }));

test('without settings only loopback is listened on', () => {
  assert.deepEqual(listenersOf({}), [
    { name: 'PLAINTEXT', host: '127.0.0.1', port: 9092, advertised: undefined },
  ]);
});

test('each listener has its own address for clients, and controllers’ listeners are left out', () => {
  const listeners = listenersOf({
    listeners: 'OUTSIDE://:9092, INSIDE://[::1]:9094,CONTROLLER://:9093',
    'advertised.listeners': 'OUTSIDE://kafka.example:19092,INSIDE://kafka:9094',
    'listener.security.protocol.map': 'OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
  });
  assert.deepEqual(
    listeners.map(({ name, host, port, advertised }) => [
      name,
      host,
      port,
      advertised?.host,
      advertised?.port,
    ]),
    [
      ['OUTSIDE', '0.0.0.0', 9092, 'kafka.example', 19092],
      ['INSIDE', '::1', 9094, 'kafka', 9094],
    ],
  );
});

test('a listener that cannot be served as asked is refused with the way out', () => {
  assert.throws(() => listenersOf({ listeners: 'SSL://:9093' }), /TLS is not served yet, use PLAINTEXT/);
  assert.throws(
    () => listenersOf({ listeners: 'MINE://:9093' }),
    /add MINE:PLAINTEXT to listener.security.protocol.map/,
  );
  assert.throws(
    () => listenersOf({ listeners: 'localhost:9092' }),
    /does not look like PLAINTEXT:\/\/host:9092/,
  );
  assert.throws(() => listenersOf({ listeners: 'PLAINTEXT://:70000' }), /does not look like/);
  assert.throws(() => listenersOf({ listeners: 'PLAINTEXT://:1,PLAINTEXT://:2' }), /twice/);
  assert.throws(() => listenersOf({ 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' }), /can reach/);
  assert.throws(
    () => listenersOf({ 'advertised.listeners': 'OTHER://a:9092' }),
    /'OTHER' is not one of the listeners/,
  );
});

test('loopback is known in all its spellings', () => {
  assert.deepEqual(['127.0.0.1', '127.8.9.1', '::1', 'localhost', 'LocalHost'].map(isLoopback), [
    true,
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual(['0.0.0.0', '::', '10.0.0.1', '127.example.com'].map(isLoopback), [
    false,
    false,
    false,
    false,
  ]);
  assert.deepEqual(parseHostPort('[::1]:99', 1), { host: '::1', port: 99 });
  assert.deepEqual(parseHostPort('kafka', 9092), { host: 'kafka', port: 9092 });
  assert.equal(parseHostPort('a:b', 1), undefined);
});
