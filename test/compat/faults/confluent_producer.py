"""Sends numbered records with confluent-kafka (librdkafka), idempotent; prints the number of each acknowledged one, and of each that failed."""

import sys
import time

from confluent_kafka import Producer

TOPIC, COUNT, BOOTSTRAP = sys.argv[1], int(sys.argv[2]), sys.argv[3]
producer = Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": True, "linger.ms": 2, "reconnect.backoff.max.ms": 200})
for n in range(COUNT):
    producer.produce(
        TOPIC,
        str(n).encode(),
        partition=0,
        on_delivery=lambda error, _, n=n: print(f"ok {n}" if error is None else f"failed {n} {error}", flush=True),
    )
    producer.poll(0)
    time.sleep(0.001)
producer.flush(180)
