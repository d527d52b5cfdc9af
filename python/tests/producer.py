"""Sends raw records through an idempotent CanonicalProducer. Usage: producer.py BOOTSTRAP TOPIC FORM RAW…"""

import asyncio
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

sys.path.insert(0, str(Path(__file__).parent.parent))
from gregor_log.canonical import Refused  # noqa: E402
from gregor_log.producer import CanonicalProducer  # noqa: E402


async def main(bootstrap: str, topic: str, form: str, *raws: str) -> None:
    """Prints `refused FIELD: REASON` for what is not sent."""
    plain = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    async with CanonicalProducer(plain, form, value_serializer=str.encode) as producer:
        waiting = []
        for raw in raws:
            try:
                waiting.append(await producer.send(topic, raw, headers=[("trace", b"t")]))
            except Refused as refused:
                print(f"refused {refused.field}: {refused.reason}")
        await asyncio.gather(*waiting)


asyncio.run(main(*sys.argv[1:]))
