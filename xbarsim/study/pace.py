"""How fast a study gets on, in words."""


def told(done: int, total: int, rate: float, failed: int, unit: str) -> str:
    """What is left, how fast it gets on and when it will be done."""
    left = total - done
    parts = [f"{left} left" if left else "none left"]
    if rate > 0:
        parts.append(f"{rate:.3g} {unit}/s" if rate >= 0.1 else f"{60 * rate:.3g} {unit}/min")
        if left:
            parts.append(f"{span(left / rate)} to go")
    if failed:
        parts.append(f"{failed} failed")
    return ", ".join(parts)


def span(seconds: float) -> str:
    """A time to the second, minute or hour: ``42 s``, ``3 min 20 s``, ``5 h 12 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
