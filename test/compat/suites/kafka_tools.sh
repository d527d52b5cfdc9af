#!/usr/bin/env bash
# Kafka's own command line tools and Java clients: topics, console producer (idempotent by default) and consumer, a group that
# resumes, offsets, settings, a silent first contact. See kafka-tool.
set -euo pipefail
broker=$1
here=$(cd "$(dirname "$0")" && pwd)
topic="java-$(date +%s%N)"
tool() { local name=$1; shift; "$here/../kafka-tool" "$name" --bootstrap-server "$broker" "$@" 2>/tmp/kafka-tool.$$; }
trap 'cat /tmp/kafka-tool.$$ >&2 2>/dev/null; rm -f /tmp/kafka-tool.$$' ERR
same() { [ "$2" = "$3" ] || { echo "$1: expected '$2', got '$3'"; exit 1; }; }

tool kafka-topics --create --topic "$topic" --partitions 2 >/dev/null
tool kafka-topics --describe --topic "$topic" | grep -q 'PartitionCount: 2'
printf 'one\ntwo\nthree\n' | tool kafka-console-producer --topic "$topic" --compression-codec zstd
read_group() { tool kafka-console-consumer --topic "$topic" --group "$topic-group" --command-property auto.offset.reset=earliest --max-messages "$1" --timeout-ms 20000; }
same 'the group' 'one three two' "$(read_group 3 | sort | tr '\n' ' ' | sed 's/ $//')"
echo late | tool kafka-console-producer --topic "$topic"
same 'the group resumes' late "$(read_group 1)"
same 'records' 4 "$(tool kafka-get-offsets --topic "$topic" | awk -F: '{ sum += $3 } END { print sum }')"
tool kafka-consumer-groups --list | grep -q "$topic-group"
tool kafka-consumer-groups --describe --group "$topic-group" | grep -q "$topic"
tool kafka-topics --delete --topic "$topic"
# A topic that comes into being by the producer: no tool may warn of anything.
echo first | tool kafka-console-producer --topic "$topic-new"
warned=$(grep -cE '^(WARN|ERROR)' /tmp/kafka-tool.$$ || true)
same 'the first record' first "$(tool kafka-console-consumer --topic "$topic-new" --from-beginning --max-messages 1 --timeout-ms 20000)"
warned=$((warned + $(grep -cE '^(WARN|ERROR)' /tmp/kafka-tool.$$ || true)))
[ "${COMPAT_TARGET:-}" != gregor ] || same 'warnings at first contact' 0 "$warned"
rm -f /tmp/kafka-tool.$$
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/../kafka/pom.xml")
echo "Kafka $version: kafka-topics, console producer and consumer, a group that resumes, kafka-get-offsets, kafka-consumer-groups; first contact: $warned warnings"
