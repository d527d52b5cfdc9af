"""What Python programs need beside a Kafka client: `gregor_log.canonical`."""
