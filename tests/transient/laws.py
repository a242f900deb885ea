"""Small laws with closed forms, for the tests of integrators."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Relaxing:
    """dx/dt = a sinh(b v) - x / tau within bounds; i = g x v."""

    a: float = 40.0
    b: float = 3.0
    tau: float = 0.05
    g: float = 1e-4
    ambient: float = 300.0

    states = ("x",)
    valid = (-5.0, 5.0)
    breakpoints = ()
    volatile = True

    def initial_state(self):
        return (0.2,)

    def bounds(self, v):
        return np.zeros((1, 1)), np.ones((1, 1))

    def current(self, v, state, temperature):
        return self.g * state[0] * v

    def rate(self, v, state, temperature):
        return (self.a * np.sinh(self.b * v) - state / self.tau) * np.ones_like(state)

    def rest(self, v):
        return self.tau * self.a * np.sinh(self.b * v)

    def exact(self, v, t, x):
        """Closed form while no bound is met."""
        return self.rest(v) + (x - self.rest(v)) * np.exp(-t / self.tau)


@dataclass(frozen=True, kw_only=True, eq=False)
class Steep:
    """dx/dt = k sinh(v / v0) exp(c x), a rate over many decades: runaway or slowing down."""

    k: float = 1e-3
    v0: float = 0.05
    c: float = 15.0
    ambient: float = 300.0

    states = ("x",)
    valid = (-2.0, 2.0)
    breakpoints = (0.0,)
    volatile = False

    def initial_state(self):
        return (0.0,)

    def bounds(self, v):
        return np.zeros((1, 1)), np.ones((1, 1))

    def current(self, v, state, temperature):
        return 1e-3 * (0.01 + state[0]) * v

    def rate(self, v, state, temperature):
        return self.k * np.sinh(v / self.v0) * np.exp(self.c * state)

    def exact(self, v, t, x):
        """Closed form, held at the bounds."""
        speed = self.c * self.k * np.sinh(v / self.v0) * t
        left = np.exp(-self.c * np.asarray(x)) - speed
        with np.errstate(invalid="ignore", divide="ignore"):
            out = np.where(left > 0, -np.log(np.maximum(left, 1e-300)) / self.c, 1.0)
        return np.clip(out, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rotating:
    """Two states that turn around each other while the voltage is 1 V; i = 0."""

    omega: float = 2 * np.pi
    ambient: float = 300.0

    states = ("x", "y")
    valid = (-5.0, 5.0)
    breakpoints = ()
    volatile = True

    def initial_state(self):
        return (1.0, 0.0)

    def bounds(self, v):
        return np.full((2, 1), -2.0), np.full((2, 1), 2.0)

    def current(self, v, state, temperature):
        return 0.0 * v

    def rate(self, v, state, temperature):
        return self.omega * v * np.stack([-state[1], state[0]])
