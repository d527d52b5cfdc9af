#!/usr/bin/env bash
# Kafka's own command line tools and Java clients: topics, console producer (idempotent by default) and consumer, a group that
# resumes, offsets, settings. The classes of the jars are run by name: Maven Central has no shell scripts.
set -euo pipefail
classpath=$1
broker=$2
topic="java-$(date +%s%N)"
tool() { local class=$1; shift; java -cp "$classpath" "org.apache.kafka.tools.$class" --bootstrap-server "$broker" "$@" 2>/tmp/kafka-tool.$$; }
trap 'cat /tmp/kafka-tool.$$ >&2 2>/dev/null; rm -f /tmp/kafka-tool.$$' ERR
same() { [ "$2" = "$3" ] || { echo "$1: expected '$2', got '$3'"; exit 1; }; }

tool TopicCommand --create --topic "$topic" --partitions 2 >/dev/null
tool TopicCommand --describe --topic "$topic" | grep -q 'PartitionCount: 2'
printf 'one\ntwo\nthree\n' | tool ConsoleProducer --topic "$topic" --compression-codec zstd
read_group() { tool consumer.ConsoleConsumer --topic "$topic" --group "$topic-group" --command-property auto.offset.reset=earliest --max-messages "$1" --timeout-ms 20000; }
same 'the group' 'one three two' "$(read_group 3 | sort | tr '\n' ' ' | sed 's/ $//')"
echo late | tool ConsoleProducer --topic "$topic"
same 'the group resumes' late "$(read_group 1)"
same 'records' 4 "$(tool GetOffsetShell --topic "$topic" | awk -F: '{ sum += $3 } END { print sum }')"
tool consumer.group.ConsumerGroupCommand --list | grep -q "$topic-group"
tool consumer.group.ConsumerGroupCommand --describe --group "$topic-group" | grep -q "$topic"
tool TopicCommand --delete --topic "$topic"
rm -f /tmp/kafka-tool.$$
echo "kafka-topics, console producer and consumer, a group that resumes, kafka-get-offsets, kafka-consumer-groups"
