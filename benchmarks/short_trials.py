"""Trials of 5 ms, in a module of their own that workers can import."""

import time

WORK = 0.005  # s


def trial(_: int) -> float:
    """Work for 5 ms of CPU; how much it was, s."""
    begun = time.process_time()
    while (took := time.process_time() - begun) < WORK:
        pass
    return took


def nap(_: int) -> float:
    """Sleep for 5 ms; how long it was, s."""
    begun = time.perf_counter()
    time.sleep(WORK)
    return time.perf_counter() - begun
