"""Generated cases from choices: `draw(n)` is one of 0 … n − 1, and 0 is the simplest. hypothesis chooses where it is installed; else choices
are random, and what fails is made small by trying fewer and smaller ones.
"""

from __future__ import annotations

import random
from typing import Callable, List, Optional, Sequence

Draw = Callable[[int], int]
Property = Callable[[Draw], None]

_TRIES_MAX = 2_000
"""Cases that are tried to make one small."""


def run(attempt: Property, runs: int, seed: Optional[int]) -> int:
    """How many cases were tried. Raises what the smallest failing one raises, which must be an AssertionError."""
    try:
        import hypothesis
        from hypothesis import strategies
    except ImportError:
        return _run_alone(attempt, runs, seed)
    count = 0

    def one(data: hypothesis.strategies.DataObject) -> None:
        nonlocal count
        count += 1
        attempt(lambda choices: data.draw(strategies.integers(0, choices - 1)))

    tried = hypothesis.given(strategies.data())(one)
    settings = hypothesis.settings(
        max_examples=runs,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    tried = settings(tried)
    (tried if seed is None else hypothesis.seed(seed)(tried))()
    return count


class _Choices:
    """Given ones in turn; then always the first. What was chosen is noted."""

    def __init__(self, given: Sequence[int], rest: Optional[random.Random] = None) -> None:
        self._given = given
        self._rest = rest
        self.chosen: List[int] = []

    def draw(self, choices: int) -> int:
        index = len(self.chosen)
        if index < len(self._given):
            chosen = self._given[index] % choices
        else:
            chosen = 0 if self._rest is None else self._rest.randrange(choices)
        self.chosen.append(chosen)
        return chosen


def _run_alone(attempt: Property, runs: int, seed: Optional[int]) -> int:
    chance = random.Random(seed)
    for _ in range(runs):
        choices = _Choices((), chance)
        try:
            attempt(choices.draw)
        except AssertionError as error:
            raise _smallest(attempt, choices.chosen, error) from None
    return runs


def _smallest(attempt: Property, chosen: List[int], error: AssertionError) -> AssertionError:
    tries = 0
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for simpler in _simpler(chosen):
            tries += 1
            if tries > _TRIES_MAX:
                return error
            choices = _Choices(simpler)
            try:
                attempt(choices.draw)
            except AssertionError as found:
                if _weight(choices.chosen) < _weight(chosen):
                    chosen, error, is_smaller = choices.chosen, found, True
                    break
    return error


def _weight(chosen: Sequence[int]) -> tuple[int, int]:
    """Zeros at the end are no choices: they are taken anyway."""
    length = max((index + 1 for index, choice in enumerate(chosen) if choice != 0), default=0)
    return length, sum(chosen)


def _simpler(chosen: List[int]) -> List[List[int]]:
    """Without a part, with one choice less, with a smaller one."""
    without = [chosen[:at] + chosen[at + size :] for size in (8, 4, 2, 1) for at in range(0, len(chosen), size)]
    smaller = [
        chosen[:at] + [less] + chosen[at + 1 :]
        for at, choice in enumerate(chosen)
        for less in sorted({0, choice // 2, choice - 1})
        if less < choice
    ]
    return without + smaller
