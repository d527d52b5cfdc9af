"""Sends numbered records with kafka-python, idempotent; prints the number of each acknowledged one, and of each that failed."""

import sys
import time

from kafka import KafkaProducer

TOPIC, COUNT, BOOTSTRAP = sys.argv[1], int(sys.argv[2]), sys.argv[3]
producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, enable_idempotence=True, linger_ms=2, reconnect_backoff_max_ms=200)
for n in range(COUNT):
    future = producer.send(TOPIC, str(n).encode(), partition=0)
    future.add_callback(lambda _, n=n: print(f"ok {n}", flush=True))
    future.add_errback(lambda error, n=n: print(f"failed {n} {error!r}", flush=True))
    time.sleep(0.001)
producer.flush(180)
producer.close()
