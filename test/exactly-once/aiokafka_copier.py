"""Copies records with aiokafka, each batch in one transaction with its offsets. Runs until it is killed; what it cannot mend ends it."""

import asyncio
import logging
import os
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

SOURCE, TARGET, NAME, BOOTSTRAP = sys.argv[1:]
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


async def main():
    # First the producer: its start ends what an earlier life left open, and only then are the group's offsets final.
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=NAME, transaction_timeout_ms=20_000, retry_backoff_ms=50)
    await producer.start()
    consumer = AIOKafkaConsumer(
        SOURCE,
        bootstrap_servers=BOOTSTRAP,
        group_id=NAME,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=1_000,
        heartbeat_interval_ms=200,
        retry_backoff_ms=50,
    )
    await consumer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=100)
        if not batches:
            continue
        try:
            async with producer.transaction():
                offsets = {}
                for partition, records in batches.items():
                    for record in records:
                        await producer.send(TARGET, b"copy " + record.value)
                    offsets[partition] = records[-1].offset + 1
                await producer.send_offsets_to_transaction(offsets, NAME)
        except ProducerFenced as error:
            print(f"fatal {error!r}", file=sys.stderr, flush=True)
            os._exit(3)
        except KafkaError as error:
            # The transaction was aborted, and the consumer reads on behind it by itself: it must go back.
            print(f"again after {error!r}", file=sys.stderr, flush=True)
            await consumer.seek_to_committed()


asyncio.run(main())
