"""Voltages along lines without cells, compiled."""

import numpy as np
from numba import njit

_U = np.uint64  # loops that count in it become vectors


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def lone_words(word, c, volts):  # type: ignore[no-untyped-def]
    """Replace voltages u of word-line nodes by those that currents c u give if no cell conducts.

    Parameters
    ----------
    word : (1 or rows, cols + 1) ohm, none infinite, the left end the source; both stand at 0 V.
    c : S.
    volts : (k, rows, cols).
    """
    rows, cols = volts.shape[1:]
    for k in range(len(volts)):
        for i in range(rows):
            ohm, v = word[min(i, len(word) - 1)], volts[k, i]
            fed = 0.0
            for back in range(cols):
                j = cols - 1 - back
                fed += c * v[j]
                v[j] = fed
            volt = behind = 0.0
            for j in range(cols):
                volt += ohm[j] * v[j]
                behind += ohm[j]
                v[j] = volt
            lost = volt / (behind + ohm[cols])  # to the far end
            behind = 0.0
            for j in range(cols):
                behind += ohm[j]
                v[j] -= lost * behind


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def lone_bits(bit, c, volts):  # type: ignore[no-untyped-def]
    """The same of bit lines; `bit` (rows + 1, 1 or cols) ohm, the bottom end the sensed one."""
    rows, cols = volts.shape[1:]
    ohm, behind, carry = np.empty((rows + 1, cols)), np.empty(cols), np.empty(cols)
    ohm[:] = bit
    for k in range(len(volts)):
        v = volts[k]
        carry[:] = 0
        for i in range(rows):
            for j in range(_U(cols)):
                carry[j] += c * v[i, j]
                v[i, j] = carry[j]
        carry[:] = 0
        behind[:] = 0
        for back in range(rows):
            i = rows - 1 - back
            for j in range(_U(cols)):
                carry[j] += ohm[i + 1, j] * v[i, j]
                v[i, j] = carry[j]
                behind[j] += ohm[i + 1, j]
        for j in range(_U(cols)):
            carry[j] /= behind[j] + ohm[0, j]
        behind[:] = 0
        for back in range(rows):
            i = rows - 1 - back
            for j in range(_U(cols)):
                behind[j] += ohm[i + 1, j]
                v[i, j] -= carry[j] * behind[j]
