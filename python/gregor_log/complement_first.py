"""Records in order, each sent once its complement is acknowledged; the complements of all that wait go together."""

from __future__ import annotations

import asyncio
from typing import Any, List, Optional, Tuple

from .canonical import ComplementRecord

WAITING_MAX = 1000
"""Records that wait; then `send` waits."""

_Waiting = Tuple[Tuple[Any, ...], Optional[ComplementRecord], "asyncio.Future[Any]"]


class ComplementFirst:
    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING_MAX)
        self._task = asyncio.ensure_future(self._run())

    async def send(self, complement: Optional[ComplementRecord], *record: Any) -> asyncio.Future[Any]:
        """`record` as aiokafka's send takes it. The future is settled as aiokafka's would be."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        await self._queue.put((record, complement, future))
        return future

    async def drain(self) -> None:
        """Until everything that waits has been handed to aiokafka, or has failed."""
        await self._queue.join()

    async def stop(self) -> None:
        await self.drain()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            waiting = [await self._queue.get()]
            while not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            await self._send(waiting)
            for _ in waiting:
                self._queue.task_done()

    async def _send(self, waiting: List[_Waiting]) -> None:
        handed = [await _attempt(self._keep(complement)) for _, complement, _ in waiting]
        kept = await asyncio.gather(*(_settled(found) for found in handed))
        for (record, _, future), error in zip(waiting, kept):
            sent = await _attempt(self._producer.send(*record)) if error is None else error
            if isinstance(sent, BaseException):
                if not future.done():
                    future.set_exception(sent)
            else:
                sent.add_done_callback(lambda done, future=future: _copy(done, future))

    async def _keep(self, complement: Optional[ComplementRecord]) -> Any:
        """aiokafka's future; None: there is nothing to keep."""
        if complement is None:
            return None
        return await self._producer.send(complement.topic, complement.value, complement.key)


async def _attempt(act: Any) -> Any:
    try:
        return await act
    except Exception as error:
        return error


async def _settled(handed: Any) -> Optional[BaseException]:
    """Why it failed."""
    if handed is None or isinstance(handed, BaseException):
        return handed
    found = await _attempt(handed)
    return found if isinstance(found, BaseException) else None


def _copy(done: asyncio.Future[Any], future: asyncio.Future[Any]) -> None:
    if future.done():
        return
    if done.cancelled():
        future.cancel()
        return
    error = done.exception()
    if error is None:
        future.set_result(done.result())
    else:
        future.set_exception(error)
