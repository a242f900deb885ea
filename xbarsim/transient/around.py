"""A law around another, which it is but for what it says itself."""

from typing import Any

from xbarsim.backend import Array


class LawAround:
    """A `SwitchingLaw` that hands all it does not define to its field `law`."""

    law: Any

    @property
    def states(self) -> tuple[str, ...]:
        """Those of the law."""
        return self.law.states  # type: ignore[no-any-return]

    @property
    def valid(self) -> tuple[float, float]:
        """As the law, V."""
        return self.law.valid  # type: ignore[no-any-return]

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Those of the law, V."""
        return self.law.breakpoints  # type: ignore[no-any-return]

    @property
    def ambient(self) -> Any:
        """That of the law, K."""
        return self.law.ambient

    @property
    def volatile(self) -> bool:
        """Whether the law's state moves without voltage."""
        return self.law.volatile  # type: ignore[no-any-return]

    def initial_state(self) -> Array:
        """Where a fresh cell begins."""
        return self.law.initial_state()

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Those of the law at `v`."""
        return self.law.bounds(v)  # type: ignore[no-any-return]

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """That of the law, A."""
        return self.law.current(v, state, temperature)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """That of the law."""
        return self.law.rate(v, state, temperature)
