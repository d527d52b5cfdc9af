"""Sends numbered records with aiokafka, idempotent; prints the number of each acknowledged one, and of each that failed."""

import asyncio
import sys

from aiokafka import AIOKafkaProducer

TOPIC, COUNT, BOOTSTRAP = sys.argv[1], int(sys.argv[2]), sys.argv[3]
WAITING_MAX = 100


async def main():
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, enable_idempotence=True, retry_backoff_ms=50, linger_ms=2)
    await producer.start()
    waiting = set()

    def told(n, future):
        waiting.discard(n)
        print(f"ok {n}" if future.exception() is None else f"failed {n} {future.exception()!r}", flush=True)

    for n in range(COUNT):
        while len(waiting) >= WAITING_MAX:
            await asyncio.sleep(0.005)
        waiting.add(n)
        future = await producer.send(TOPIC, str(n).encode(), partition=0)
        future.add_done_callback(lambda future, n=n: told(n, future))
        await asyncio.sleep(0.001)
    await producer.flush()
    await producer.stop()


asyncio.run(main())
