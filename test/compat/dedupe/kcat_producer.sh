#!/usr/bin/env bash
# Sends one record for each id, as its key: BOOTSTRAP TOPIC plain|idempotent ID...
set -euo pipefail
broker=$1 topic=$2 mode=$3; shift 3
idempotence=false; [ "$mode" = idempotent ] && idempotence=true
printf '%s:kcat\n' "$@" | kcat -b "$broker" -P -t "$topic" -K: -z lz4 -X "enable.idempotence=$idempotence"
