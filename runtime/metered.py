"""What work costs this thread in CPU time: a step, or a coroutine in the steps between its waits."""

from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from time import thread_time
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Charge = Callable[[float], None]
"""Takes seconds of CPU time."""

_charge: ContextVar[Charge | None] = ContextVar("charge", default=None)
"""Whose work this task does; the tasks that it creates do it for the same."""


class _Metered(Generic[T]):
    """Awaits a coroutine, and charges for each of its steps."""

    def __init__(self, work: Coroutine[Any, Any, T], charge: Charge) -> None:
        self._work = work
        self._charge = charge

    def __await__(self) -> Generator[Any, Any, T]:
        step: Callable[[], Any] = partial(self._work.send, None)
        try:
            while True:
                began = thread_time()
                try:
                    awaited = step()
                except StopIteration as end:
                    value: T = end.value
                    return value
                finally:
                    self._charge(thread_time() - began)
                try:
                    sent = yield awaited
                except BaseException as error:
                    # It is the coroutine's: a cancellation, most of all.
                    step = partial(self._work.throw, error)
                else:
                    step = partial(self._work.send, sent)
        finally:
            self._work.close()


async def metered(work: Coroutine[Any, Any, T], charge: Charge | None = None) -> T:
    """Await `work`, and call `charge` with what each of its steps took.

    Without `charge` it is that of whoever this task works for. What it awaits in turn belongs to it; so does
    a task that it creates, if that is metered too.
    """
    if charge is None:
        charge = _charge.get()
    else:
        _charge.set(charge)
    return await (work if charge is None else _Metered(work, charge))


@contextmanager
def metered_step(charge: Charge | None = None) -> Iterator[None]:
    """Call `charge` with what the block took, which does not wait; without `charge` as `metered` does."""
    charge = charge or _charge.get()
    began = thread_time()
    try:
        yield
    finally:
        if charge is not None:
            charge(thread_time() - began)
