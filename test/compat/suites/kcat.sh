#!/usr/bin/env bash
# kcat: every compression, keys, headers, a group that resumes, offsets by time. kcat makes no topics itself: Kafka's own
# tool creates, alters and deletes the one it works on.
set -euo pipefail
broker=$1
topic="kcat-$(date +%s%N)"
topics() { "$(dirname "$0")/../kafka-tool" kafka-topics --bootstrap-server "$broker" --topic "$topic" "$@"; }
topics --create --partitions 1 >/dev/null 2>&1
for codec in none gzip snappy lz4 zstd; do
  for n in 1 2 3; do echo "k$n:$codec-$n"; done | kcat -b "$broker" -P -t "$topic" -K: -H h=x -z "$codec" 2>/dev/null
done
count=$(kcat -b "$broker" -C -t "$topic" -e -q -f '%k %s %h\n' | grep -c 'h=x')
[ "$count" = 15 ] || { echo "15 records were written, $count came back"; exit 1; }
first=$(timeout 20 kcat -b "$broker" -G "$topic-group" -c 15 -q -X auto.offset.reset=earliest "$topic" 2>/dev/null | wc -l)
[ "$first" = 15 ] || { echo "the group read $first of 15"; exit 1; }
echo late | kcat -b "$broker" -P -t "$topic" -X enable.idempotence=true
late=$(timeout 20 kcat -b "$broker" -G "$topic-group" -c 1 -q -X auto.offset.reset=earliest "$topic" 2>/dev/null)
[ "$late" = late ] || { echo "the group resumed with '$late'"; exit 1; }
kcat -b "$broker" -Q -t "$topic:0:0" | grep -q "offset 0"
kcat -b "$broker" -L -t "$topic" | grep -q "partition 0"
topics --delete >/dev/null 2>&1
kcat -b "$broker" -L | grep -q "\"$topic\"" && { echo "the topic was deleted and is still listed"; exit 1; }
echo "all compressions, keys, headers, group resumes, offsets by time"
