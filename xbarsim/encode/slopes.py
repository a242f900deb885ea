"""Gradients through an encoding: from signals back to columns, from cells back to weights."""

from xbarsim.backend import Array, array_namespace
from xbarsim.encode.code import Encoding
from xbarsim.errors import SpecError


def check_smooth(code: Encoding) -> None:
    """Refuse encodings whose cells do not follow a weight one by one.

    Raises
    ------
    SpecError : weights are cut into digits, or inputs carry their signs.
    """
    if code.cell_bits is not None:
        raise SpecError(
            f"encoding.cell_bits is {code.cell_bits}: digits of a weight have no gradient; train "
            "through cells of continuous conductance (cell_bits: None), or with training.cells "
            "'moments', which passes gradients straight through"
        )
    if code.kind == "single":
        raise SpecError(
            "encoding single holds magnitudes, inputs carry the signs: there is no gradient "
            "through its cells; train with training.cells 'moments'"
        )


def decode_slope(code: Encoding, grad: Array) -> Array:
    """Derivatives by column currents (..., cols) from those by outputs (..., out).

    The transpose of `Encoding.decode` and `Encoding.combine`, of encodings without slices.
    """
    xp = array_namespace(grad)
    each = grad[..., None, None] * (float(code.values[0]) / code.copies)
    signs = xp.asarray([1.0, -1.0] if code.paired else [1.0], dtype=grad.dtype)
    body = xp.broadcast_to(each * signs, (*grad.shape, code.copies, len(signs)))
    body = body.reshape(*grad.shape[:-1], -1)
    if not code.references:
        return body
    first = -each[..., 0].sum(axis=-2)
    return xp.concatenate([xp.broadcast_to(first, (*first.shape[:-1], code.copies)), body], axis=-1)


def target_slope(code: Encoding, grad: Array, weights: Array, window: tuple[float, float]) -> Array:
    """Derivatives by weights (..., out, in) from those by conductance targets (..., in, cols).

    Half of either cell's at a weight of 0, where the two of a differential pair change places.
    """
    xp = array_namespace(grad)
    body = grad[..., code.references :]
    body = body.reshape(*body.shape[:-1], -1, code.copies, 2 if code.paired else 1).sum(axis=-2)
    w = weights.swapaxes(-1, -2)
    if code.kind == "differential":
        up = xp.where(w > 0, 1.0, xp.where(w < 0, 0.0, 0.5))
        slope = up * body[..., 0] - (1 - up) * body[..., 1]
    elif code.kind == "balanced":
        slope = 0.5 * (body[..., 0] - body[..., 1])
    else:
        slope = 0.5 * body[..., 0]
    return (slope * (window[1] - window[0])).swapaxes(-1, -2)
