r"""The state space that remembers a window of the past as Legendre polynomials.

.. math:: \theta \dot m = A m + B u, \qquad
    A_{ij} = (2i + 1) \begin{cases} -1 & i < j \\ (-1)^{i - j + 1} & i \ge j \end{cases}, \qquad
    B_i = (2i + 1)(-1)^i

with the input u held over each step. Then :math:`u(t - r\theta) \approx \sum_i P_i(2r - 1) m_i(t)`
for r from 0 to 1, with the Legendre polynomials :math:`P_i`.

References
----------
A. R. Voelker, I. Kajić and C. Eliasmith, "Legendre memory units: continuous-time representation in
recurrent neural networks", NeurIPS (2019), equations 1 to 3.
"""

import numpy as np
from scipy.linalg import expm
from scipy.special import eval_legendre

from xbarsim.backend import Array
from xbarsim.checks import check_above_zero, check_count

_HIGHEST = 64  # order


def continuous(order: int) -> tuple[Array, Array]:
    """A (order, order) and B (order,) of a window of length 1.

    Raises
    ------
    SpecError : an order that is no whole number from 1 to 64.
    """
    check_count("order", order, 1, _HIGHEST)
    i, j = np.ogrid[:order, :order]
    scale = 2.0 * i + 1
    a = scale * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
    b = scale * (-1.0) ** i
    return a, b[:, 0]


def discrete(order: int, theta: float) -> tuple[Array, Array]:
    """A (order, order) and B (order,) of one step: ``m = A m + B u``, u held over the step.

    Parameters
    ----------
    order : how many polynomials.
    theta : length of the window, steps.

    Raises
    ------
    SpecError : an order that is no whole number from 1 to 64, or a window not above 0.
    """
    a, b = continuous(order)
    check_above_zero("theta", theta, "steps")
    both = np.zeros((order + 1, order + 1))
    both[:order, :order], both[:order, order] = a / theta, b / theta
    held = expm(both)
    return held[:order, :order], held[:order, order]


def remembered(memory: Array, r: float) -> Array:
    """The input of r windows ago, 0 to 1, that a memory (..., order) stands for: (...)."""
    return memory @ eval_legendre(np.arange(memory.shape[-1]), 2 * r - 1)
