#!/usr/bin/env bash
# kcat: every compression, keys, headers, a group that resumes, offsets by time, first contact. kcat makes no topics itself: Kafka's own
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

# First contact: from the start of the producer to the first record in hand, on a topic that exists and on one that comes into
# being by it; the best of five, and of up to fifteen while a busy machine makes the difference. On Gregor the new one may cost
# 100 ms more at most, and kcat must say nothing.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
first_record() {
  local began; began=$(date +%s%N)
  echo first | kcat -b "$broker" -P -t "$1" 2>>"$log"
  [ "$(timeout 20 kcat -b "$broker" -C -t "$1" -c 1 -q 2>>"$log")" = first ] || { echo "no first record on $1" >&2; exit 1; }
  taken=$((($(date +%s%N) - began) / 1000000))
}
existing=99999 new=99999
for n in {1..15}; do
  [ "$n" -le 5 ] || [ $((new - existing)) -gt 100 ] || break
  kcat -b "$broker" -L -t "$topic-$n-existing" >/dev/null
  for kind in existing new; do
    first_record "$topic-$n-$kind"
    [ "$taken" -ge "${!kind}" ] || printf -v "$kind" %s "$taken"
  done
done
contact="producer first: $new ms on a new topic, $existing ms on an existing one, $(wc -l <"$log") warnings"
if [ "${COMPAT_TARGET:-}" = gregor ]; then
  [ ! -s "$log" ] && [ $((new - existing)) -le 100 ] || { echo "$contact"; cat "$log"; exit 1; }
fi
version=$(kcat -V | sed -n 's/^Version \([^ ]*\).*librdkafka \([^ ]*\).*/\1 on librdkafka \2/p')
echo "kcat $version: all compressions, keys, headers, group resumes, offsets by time; $contact"
