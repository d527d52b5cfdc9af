import assert from 'node:assert/strict';
import test from 'node:test';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';
import { eventTimeMs } from './event-time.ts';

interface Reading {
  readonly sensor: string;
  readonly at: number;
}

const readings = topic('readings', { value: serde.json<Reading>() });
const sorted = topic('sorted', { key: serde.text, value: serde.json<Reading>() });

/** Readings of a sensor come over several partitions and are put in order behind a repartition. */
function bySensor() {
  return pipeline('p')
    .from(readings)
    .eventTime((r) => r.value.at * 1000, { idleAfter: '10s' })
    .keyBy((r) => r.value.sensor, { as: 'by-sensor' })
    .reorder({ by: 'event-time' })
    .to(sorted)
    .test({ partitions: { readings: 2 } });
}
type Sorted = ReturnType<typeof bySensor>;

const write = (driver: Sorted, partition: number, ...ats: number[]) =>
  driver.write('readings', ...ats.map((at) => ({ partition, value: { sensor: 's', at } })));
const times = (driver: Sorted) => driver.values('sorted').map((value) => (value as Reading).at);

test('a partition that lags far behind holds the watermark back: nothing of it is late', () => {
  const driver = bySensor();
  write(driver, 0, 100, 200, 300);
  assert.deepEqual(times(driver), []);
  write(driver, 1, 1, 2, 150);
  driver.crash();
  write(driver, 1, 250);
  assert.deepEqual(times(driver), [1, 2, 100, 150, 200]);
  assert.deepEqual(driver.read('dlq.p'), []);
});

test('a partition without records holds the others back until it is idle', () => {
  const driver = bySensor();
  write(driver, 0, 1, 2, 3);
  driver.advance('5s');
  write(driver, 0, 4);
  assert.deepEqual(times(driver), []);
  driver.advance('5s');
  assert.deepEqual(times(driver), [1, 2, 3]);
  driver.advance('10s');
  assert.deepEqual(times(driver), [4]);
});

test('a task that nobody expected counts while it speaks, and holds nothing back when it is silent', () => {
  const driver = bySensor();
  const stranger = { key: 's', headers: { 'x-gregor-watermark': '7@1500' } };
  driver.write('p-by-sensor-repartition', stranger);
  write(driver, 0, 1, 10);
  write(driver, 1, 2, 10);
  assert.deepEqual(times(driver), [1]);
  driver.advance('5s');
  write(driver, 0, 20);
  write(driver, 1, 20);
  assert.deepEqual(times(driver), []);
  driver.advance('5s');
  assert.deepEqual(times(driver), [2, 10, 10]);
  driver.crash();
  driver.write('p-by-sensor-repartition', { ...stranger, headers: { 'x-gregor-watermark': '7@30000' } });
  write(driver, 0, 40);
  write(driver, 1, 40);
  assert.deepEqual(times(driver), [20, 20]);
});

test('when all is idle the last records come out, and old data that comes then is not late by the date', () => {
  const driver = bySensor();
  write(driver, 0, 10, 11);
  driver.advance('1h');
  assert.deepEqual(times(driver), [10, 11]);
  driver.crash();
  write(driver, 0, 5_000_000);
  driver.advance('20s');
  assert.deepEqual(times(driver), [5_000_000]);
});

test('an event time is milliseconds, a Date or ISO 8601 text with its zone; anything else goes to the dead letter topic', () => {
  assert.equal(eventTimeMs('2024-02-29T12:00:00.5+01:00'), Date.UTC(2024, 1, 29, 11, 0, 0, 500));
  assert.equal(eventTimeMs('2024-02-29'), Date.UTC(2024, 1, 29));
  assert.equal(eventTimeMs(new Date(1.5)), 1);
  assert.throws(
    () => eventTimeMs('2024-02-29T12:00:00'),
    /"2024-02-29T12:00:00": milliseconds, a Date, or ISO 8601/,
  );
  const driver = bySensor();
  driver.write('readings', { value: { sensor: 's', at: 'soon' } });
  assert.equal(driver.read('dlq.p').length, 1);
});
