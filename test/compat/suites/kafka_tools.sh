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
# Transactions: listed, described, their producers, none that hangs.
tool kafka-topics --create --topic "$topic-tx" >/dev/null
tool kafka-producer-perf-test --topic "$topic-tx" --num-records 10 --record-size 10 --throughput -1 --transactional-id "$topic-id" --transaction-duration-ms 1000 >/dev/null
same 'kafka-transactions list' CompleteCommit "$(tool kafka-transactions list | awk -v id="$topic-id" '$1 == id { print $4 }')"
same 'kafka-transactions describe' CompleteCommit "$(tool kafka-transactions describe --transactional-id "$topic-id" | awk -v id="$topic-id" '$2 == id { print $5 }')"
same 'kafka-transactions describe-producers' None "$(tool kafka-transactions describe-producers --topic "$topic-tx" --partition 0 | awk 'NR == 2 { print $6 }')"
same 'kafka-transactions find-hanging' 1 "$(tool kafka-transactions find-hanging --topic "$topic-tx" | wc -l)"
tool kafka-topics --delete --topic "$topic-tx"
# A topic that comes into being by the producer: no tool may warn of anything.
echo first | tool kafka-console-producer --topic "$topic-new"
warned=$(grep -cE '^(WARN|ERROR)' /tmp/kafka-tool.$$ || true)
same 'the first record' first "$(tool kafka-console-consumer --topic "$topic-new" --from-beginning --max-messages 1 --timeout-ms 20000)"
warned=$((warned + $(grep -cE '^(WARN|ERROR)' /tmp/kafka-tool.$$ || true)))
[ "${COMPAT_TARGET:-}" != gregor ] || same 'warnings at first contact' 0 "$warned"
rm -f /tmp/kafka-tool.$$
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/../kafka/pom.xml")
echo "Kafka $version: kafka-topics, console producer and consumer, a group that resumes, kafka-get-offsets, kafka-consumer-groups, kafka-transactions; first contact: $warned warnings"
