"""A matrix made ready for cells: checked, with rows for its bias, scaled, signs on word lines."""

from xbarsim.backend import Array, array_namespace, real_array
from xbarsim.encode import Encoding
from xbarsim.errors import SpecError


def check_weights(weights: Array, bias: Array | None, groups: int) -> None:
    """Refuse what is no finite matrix, with a bias that fits it.

    Raises
    ------
    SpecError : says what is wrong, and where.
    """
    xp = array_namespace(weights)
    _check_array("weights", weights)
    if weights.ndim != 2 or 0 in weights.shape:
        raise SpecError(f"weights have shape {weights.shape}; expected (out, in)")
    bad = ~xp.isfinite(weights)
    if bool(bad.any()):
        first = tuple(int(k) for k in xp.argwhere(bad)[0])
        raise SpecError(
            f"weights{list(first)} is {float(weights[first])} ({int(bad.sum())} such values); "
            "every weight must be finite"
        )
    if not (isinstance(groups, int) and groups >= 1) or weights.shape[0] % groups:
        raise SpecError(
            f"groups is {groups!r}; it must be a whole number from 1 that divides the "
            f"{weights.shape[0]} outputs"
        )
    if bias is None:
        return
    _check_array("bias", bias)
    if bias.shape != weights.shape[:1] or not bool(xp.isfinite(bias).all()):
        raise SpecError(
            f"bias has shape {bias.shape}; expected {weights.shape[:1]}, all values finite"
        )


def _check_array(name: str, value: Array) -> None:
    if not hasattr(value, "dtype"):
        raise SpecError(f"{name} is a {type(value).__name__}; expected an array")
    real_array(name, value)


def check_connected(connected: Array | None, weights: Array, code: Encoding) -> None:
    """Refuse connections that do not fit a matrix (out, in), or that cells cannot leave out.

    Raises
    ------
    SpecError : says what is wrong.
    """
    if connected is None:
        return
    if connected.dtype != bool or connected.shape != weights.shape:
        raise SpecError(
            f"connected is {connected.dtype} of shape {connected.shape}; expected bool of shape "
            f"{weights.shape}"
        )
    if code.references:
        raise SpecError(
            f"connected: with encoding {code.kind} a weight without cells is not zero; use a "
            "differential one"
        )
    if lost := int(((weights != 0) & ~connected).sum()):
        raise SpecError(f"connected leaves out {lost} weights that are not zero")


def connected_with_bias_rows(connected: Array | None, rows: int) -> Array | None:
    """`connected` (out, in) with inputs of biases, which are connected with all."""
    if connected is None:
        return None
    xp = array_namespace(connected)
    return xp.concatenate([connected, xp.ones((len(connected), rows), bool)], axis=1)


def with_bias_rows(weights: Array, bias: Array, rows: int, signed: bool) -> Array:
    """`weights` (out, in) with `rows` inputs more that share the bias, for inputs of 1.

    Parameters
    ----------
    signed : whether an input may have weights of both signs; else the first half of the rows holds
        what is positive, the other half what is negative.

    Raises
    ------
    SpecError : one row only, where signs must be apart.
    """
    xp = array_namespace(weights)
    if signed:
        parts = [bias / rows] * rows
    elif rows < 2:
        raise SpecError(
            f"array.bias_rows is {rows}; the single encoding needs at least 2, one for each sign"
        )
    else:
        half = rows // 2
        parts = [xp.maximum(bias, 0.0) / half] * half
        parts += [xp.minimum(bias, 0.0) / (rows - half)] * (rows - half)
    return xp.concatenate([weights, xp.stack(parts, axis=1)], axis=1)


def largest(weights: Array, scaling: str) -> Array:
    """What stands for the whole window: one number, or one for each output, (out,)."""
    xp = array_namespace(weights)
    most = xp.max(xp.abs(weights), axis=1 if scaling == "column" else None)
    return xp.where(most > 0, most, 1.0)


def polarity(weights: Array, groups: int) -> Array:
    """The sign of all weights of each input, (inputs,): 1 or -1 (Dale's law).

    Raises
    ------
    SpecError : inputs with weights of both signs; says how many, and which is the first.
    """
    xp = array_namespace(weights)
    blocks = weights.reshape(groups, -1, weights.shape[1])
    both = ((blocks > 0).any(axis=1) & (blocks < 0).any(axis=1)).reshape(-1)
    if bool(both.any()):
        raise SpecError(
            f"encoding single needs weights of one sign for each input (Dale's law); "
            f"{int(both.sum())} of {both.size} inputs have both, input {int(xp.argmax(both))} the "
            "first. Use a differential encoding, or train with the constraint"
        )
    return xp.where((blocks < 0).any(axis=1), -1.0, 1.0).reshape(-1)
