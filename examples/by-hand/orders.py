"""
Versions of orders into order, as it is written by hand: any number of these processors share one Redis. Versions come in any order, by
any partition, some twice; one waits in Redis until those before it are there. What this loses and doubles: docs/guides/reorder-by-hand.md

    python orders.py BOOTSTRAP REDIS_URL
"""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis

# Adds a version and takes out what may go now, in one step: other processors do the same at the same time.
ADD_AND_DRAIN = """
local held, following = KEYS[1], tonumber(redis.call('GET', KEYS[2]) or '1')
if tonumber(ARGV[1]) < following then return {} end
redis.call('HSETNX', held, ARGV[1], ARGV[2])
local ready = {}
while true do
  local value = redis.call('HGET', held, following)
  if not value then break end
  redis.call('HDEL', held, following)
  ready[#ready + 1] = value
  following = following + 1
end
redis.call('SET', KEYS[2], following)
return ready
"""


def order_of(value):
    order = json.loads(value)
    return order["id"], int(order["version"])


async def main(bootstrap, url):
    redis = Redis.from_url(url)
    add_and_drain = redis.register_script(ADD_AND_DRAIN)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5)
    consumer = AIOKafkaConsumer(
        "orders.raw", bootstrap_servers=bootstrap, group_id="by-hand", enable_auto_commit=False,
        auto_offset_reset="earliest", session_timeout_ms=3_000, heartbeat_interval_ms=500,
    )  # fmt: skip
    await producer.start()
    await consumer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=100, max_records=2_000)
        calls, ids = redis.pipeline(transaction=False), []
        for record in (record for records in batches.values() for record in records):
            try:
                name, version = order_of(record.value)
            except (ValueError, KeyError, TypeError) as error:
                await producer.send("orders.dead", record.value, headers=[("reason", str(error).encode())])
                continue
            await add_and_drain([f"held:{name}", f"next:{name}"], [version, record.value], client=calls)
            ids.append(name)
        for name, ready in zip(ids, await calls.execute()):
            for value in ready:
                await producer.send("orders", value, key=name.encode())
        if batches:
            await producer.flush()
            await consumer.commit()


asyncio.run(main(*sys.argv[1:]))
