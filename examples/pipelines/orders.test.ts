import assert from 'node:assert/strict';
import test from 'node:test';
import orders from './orders.ts';

test('versions of an order come out once and in order; a broken record stands in the dead letter topic', () => {
  const driver = orders.test({ partitions: { 'shop.raw': 3 } });
  const write = (partition: number, version: number) =>
    driver.write('shop.raw', { value: { id: 'a', version, total: 5 }, partition });
  write(0, 2);
  write(1, 1);
  write(2, 2);
  driver.crash();
  write(0, 3);
  driver.write('shop.raw', { value: '{"id":' });
  assert.deepEqual(
    driver.values('shop.orders').map((value) => (value as { version: number }).version),
    [1, 2, 3],
  );
  assert.equal(driver.read('dlq.orders').length, 1);
});
