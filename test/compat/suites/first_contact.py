"""What the Python suites share: whether the broker is Gregor, and the check of first contact with a new topic.

First contact: from making the clients to the first record in hand, on a topic that exists (its name ends with -existing) and on
one that comes into being by being used (-new). On Gregor the new topic may cost at most 100 ms more, and the client must warn of
nothing that it does not warn of with the existing one; elsewhere both are only told.
"""

import logging
import os
import time

IS_GREGOR = os.environ.get("COMPAT_TARGET") == "gregor"
ROUNDS = 5
EXTRA_MS_MAX = 100


class FirstContact(logging.Handler):
    """One order of events: `begin`, the contact, `end`, in turns for both kinds of topics; then `told` judges."""

    def __init__(self, order, logger):
        super().__init__(logging.WARNING)
        self.order = order
        self.taken = {"existing": [], "new": []}
        self.warnings = {"existing": set(), "new": set()}
        self.lines = []
        logging.getLogger(logger).addHandler(self)

    def emit(self, record):
        if record.name == "kafka.net.selector":
            return  # kafka-python says here that the machine is slow
        self.lines.append(record.getMessage())

    def begin(self):
        self.lines.clear()
        self.began = time.perf_counter()

    def end(self, topic):
        kind = topic.rsplit("-", 1)[1]
        self.taken[kind].append((time.perf_counter() - self.began) * 1000)
        self.warnings[kind].update(line.replace(topic, "TOPIC") for line in self.lines)

    def told(self):
        # The best of several: a busy machine makes some rounds slow, a retry or a backoff makes all of them slow.
        existing, new = min(self.taken["existing"]), min(self.taken["new"])
        warnings = self.warnings["new"] - self.warnings["existing"]
        told = f"{self.order}: {new:.0f} ms on a new topic, {existing:.0f} ms on an existing one, {len(warnings)} warnings"
        if IS_GREGOR:
            assert new - existing <= EXTRA_MS_MAX and not warnings, f"{told} {warnings}"
        return told
