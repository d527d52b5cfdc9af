"""A block device with a volatile write cache, for nbdkit: what was not flushed is lost, in part and in any order, at a power cut.

IMAGE holds what is durable. Writes are kept in order until a flush (or FUA) applies them. When the file CONTROL says
a seed, a random part of the unflushed sectors reaches the image, and from then on
everything is answered with EIO. `cut.done` beside CONTROL says how many sectors were at stake, and how many survived.
"""
import builtins
import errno
import mmap
import os
import random

import nbdkit

API_VERSION = 2
SECTOR = 512
open_file = builtins.open
state = {"cut": False}
unflushed = []


def config(key, value):
    state[key] = value


def config_complete():
    file = open_file(state["image"], "r+b")
    state["durable"] = mmap.mmap(file.fileno(), os.path.getsize(state["image"]))
    state["seen"] = bytearray(state["durable"][:])


def thread_model():
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


def open(readonly):
    return 1


def get_size(handle):
    return len(state["seen"])


def can_flush(handle):
    return True


def can_fua(handle):
    return nbdkit.FUA_NATIVE


def is_off():
    if not state["cut"] and os.path.exists(state["control"]):
        state["cut"] = True
        with open_file(state["control"]) as file:
            chance = random.Random(int(file.read()))
        sectors = [
            (offset + at, data[at : at + SECTOR])
            for offset, data in unflushed
            for at in range(0, len(data), SECTOR)
        ]
        share = chance.random()
        kept = [sector for sector in sectors if chance.random() < share]
        for offset, data in kept:
            state["durable"][offset : offset + len(data)] = data
        with open_file(state["control"] + ".new.done", "w") as file:
            file.write(f"{len(kept)} {len(sectors)}")
        os.rename(state["control"] + ".new.done", state["control"] + ".done")
    return state["cut"]


def refuse_when_off():
    if is_off():
        nbdkit.set_error(errno.EIO)
        raise RuntimeError("the power is off")


def pread(handle, buffer, offset, flags):
    refuse_when_off()
    buffer[:] = state["seen"][offset : offset + len(buffer)]


def pwrite(handle, buffer, offset, flags):
    refuse_when_off()
    data = bytes(buffer)
    state["seen"][offset : offset + len(data)] = data
    unflushed.append((offset, data))
    if flags & nbdkit.FLAG_FUA:
        apply()


def flush(handle, flags):
    refuse_when_off()
    apply()


def apply():
    for offset, data in unflushed:
        state["durable"][offset : offset + len(data)] = data
    unflushed.clear()
