"""Numbers of the equations for the compiled loops, and what the network begins with."""

from math import ceil, exp

import numpy as np

from xbarsim.backend import Array
from xbarsim.plasticity.symmetric_stdp import SymmetricSTDP
from xbarsim.streams import Streams
from xbarsim.systems.symmetric_stdp._hidden import I_REST, OFFSET, Neurons, Rule
from xbarsim.systems.symmetric_stdp._supervised import Lesson
from xbarsim.systems.symmetric_stdp.settings import Settings

DT = 0.5e-3  #: a step, s
CLASSES = 10
V_REST = -65.0  #: of hidden neurons, and where they are reset, mV
BRIGHTEST = 32.0
_LONG = 14  # time constants after which what is left of one thing is nothing
_TAU = {"v": 0.1, "others": 0.01, "excitation": 1e-3, "inhibition": 2e-3}  # s
_REFRACTORY = 4  # steps
_TO_INHIBITORY, _TO_OTHERS = 10.4, 17.0


def steps_of(duration: float) -> int:
    """Whole steps."""
    return round(duration / DT)


def left_of(rule: SymmetricSTDP) -> Array:
    """What is left of a mark after so many steps, 0 in the end."""
    number = ceil(_LONG * rule.tau_pre / DT)
    return np.append(np.exp(-DT / rule.tau_pre * np.arange(number)), 0.0)


def hidden_rule(settings: Settings, channels: int, plastic: bool) -> Rule:
    """Of the hidden layer, where weights and thetas change or stay."""
    stdp = SymmetricSTDP(rate=settings.learning)
    steps, rest = steps_of(settings.duration), steps_of(settings.pause)
    return Rule(
        steps=steps,
        rest=rest,
        chance=255 / 8 * DT,
        intensity=float(settings.brightness),
        most_intensity=BRIGHTEST,
        least=settings.least,
        v_rest=V_REST,
        threshold=float(settings.threshold),
        v_rate=DT / _TAU["v"],
        refractory=_REFRACTORY,
        to_inhibitory=_TO_INHIBITORY,
        to_others=_TO_OTHERS,
        i_rate=DT / _TAU["others"],
        excitation_keep=exp(-DT / _TAU["excitation"]),
        inhibition_keep=exp(-DT / _TAU["inhibition"]),
        theta_keep=exp(-(steps + rest) * DT / settings.tau_theta),
        theta_step=float(settings.theta_step) if plastic else 0.0,
        left=left_of(stdp),
        awake=ceil(_LONG * _TAU["others"] / DT),
        mark=stdp.mark,
        learning=float(stdp.rate),
        top=1.0,
        total=settings.share * channels,
        plastic=plastic,
    )


def lesson_of(settings: Settings) -> Lesson:
    """Of the neurons of the classes."""
    stdp = SymmetricSTDP(rate=settings.teaching)
    return Lesson(
        steps=steps_of(settings.duration),
        chance=settings.teacher * DT,
        rate=DT / _TAU["others"],
        excitation_keep=exp(-DT / _TAU["excitation"]),
        left=left_of(stdp),
        mark=stdp.mark,
        learning=float(stdp.rate),
        top=float(settings.top),
        total=settings.share * settings.neurons * settings.top,
    )


def first_weights(shape: tuple[int, int], total: float, top: float, streams: Streams) -> Array:
    """Uniform, their sums onto each neuron made right, `top` at the most; (pre, post)."""
    w = streams.rng().random(shape)
    return np.minimum(w * (total / w.sum(axis=0)), top)


def neurons_of(number: int, channels: int, theta: Array | None = None) -> Neurons:
    """Neurons at rest that have never spiked."""
    long_ago = np.iinfo(np.int64).min // 2

    def times(n: int) -> Array:
        return np.full(n, long_ago)

    return Neurons(
        v=np.full(number, V_REST),
        excited=np.zeros(number),
        inhibited=np.zeros(number),
        free=np.zeros(number, np.int64),
        theta=np.full(number, OFFSET) if theta is None else theta.copy(),
        trace=np.zeros(number),
        trace_at=times(number),
        other_v=np.full(number, I_REST),
        other_excited=np.zeros(number),
        other_free=np.zeros(number, np.int64),
        other_at=times(number),
        inputs=np.zeros(channels),
        inputs_at=times(channels),
        clock=np.zeros(1, np.int64),
    )
