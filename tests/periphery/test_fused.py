"""Compiled reads against the same in NumPy."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from xbarsim.backend import read_only
from xbarsim.periphery._fused import Converters, Drivers, convert, drive, fused_read
from xbarsim.periphery._normals import normals
from xbarsim.periphery._products import PANEL, ROWS, packed, product

F = np.float32
KEY = np.array([1, 2, 3, 4], np.uint32)
MOST = F(31)
EXACT = Drivers(F(1), F(-np.inf), F(np.inf), F(1))


def driven(x, drivers):
    """Voltages by NumPy."""
    level = x * drivers.per
    if np.isfinite(drivers.low):
        level = np.rint(np.clip(level, drivers.low, drivers.high))
    return level * drivers.volts


def converted(i, c, d):
    """What converters of array `d` add to outputs, by NumPy."""
    level = i * c.per[d] + c.offset[d]
    if np.isfinite(c.low):
        level = np.rint(np.clip(level, c.low, c.high))
    return level * c.step[d]


def read(x, edges, mean, variance, drivers, c, z):
    """The whole read by NumPy; matrices (down, rows, outputs)."""
    y = np.tile(c.bias, (len(x), 1))
    for d, (first, last) in enumerate(zip(edges, edges[1:], strict=False)):
        v = driven(x[:, first:last], drivers)
        i = v @ mean[d, -v.shape[1] :]
        if z is not None:
            own = 0 if variance is None else v**2 @ variance[d, -v.shape[1] :]
            i = i + np.sqrt(own + c.noise[d]) * z[d]
        y += converted(i, c, d)
    return y


def whole_numbers(n, inputs, outputs, down, most=MOST, seed=0):
    """A read whose sums of products are whole numbers that single precision holds exactly."""
    rng = np.random.default_rng(seed)
    edges = np.array([0, *(b[-1] + 1 for b in np.array_split(np.arange(inputs), down))])
    rows = int(np.diff(edges).max())
    mean = rng.integers(-8, 9, (down, rows, outputs)).astype(F)
    variance = rng.integers(0, 9, (down, rows, outputs)).astype(F)
    for d, used in enumerate(np.diff(edges)):
        mean[d, : rows - used] = variance[d, : rows - used] = 0
    drivers = Drivers(F(15.3), F(-15), F(15), F(1))
    shape = (down, outputs)
    c = Converters(
        read_only(rng.integers(0, 50, shape).astype(F)),
        read_only(rng.uniform(0.005, 0.02, shape).astype(F)),
        read_only(rng.uniform(-1, 1, shape).astype(F)),
        -most,
        most,
        read_only(rng.uniform(0.5, 2, shape).astype(F)),
        read_only(rng.normal(size=outputs).astype(F)),
    )
    x = rng.uniform(-1.2, 1.2, (n, inputs)).astype(F)
    return x, edges, mean, variance, drivers, c


@pytest.mark.parametrize("most", [MOST, F(np.inf)], ids=["quantised", "exact"])
@pytest.mark.parametrize("noise", ["none", "converters", "all"])
@pytest.mark.parametrize(
    "n, inputs, outputs, down", [(1, 1, 1, 1), (9, 30, 10, 1), (150, 130, 70, 3), (300, 784, 64, 7)]
)
def test_read_has_the_bits_that_numpy_has(n, inputs, outputs, down, noise, most):
    x, edges, mean, variance, drivers, c = whole_numbers(n, inputs, outputs, down, most)
    if noise != "all":
        variance = None
    key, z = (None, None) if noise == "none" else (KEY, normals(KEY, 5, (down, n, outputs)))
    expected = read(x, edges, mean, variance, drivers, c, z)
    matrices = packed(mean), None if variance is None else packed(variance)
    y = fused_read(x, edges, *matrices, drivers, c, key, 5)
    assert y.dtype == F
    np.testing.assert_array_equal(y, expected)


def test_neither_threads_nor_calls_matter():
    x, edges, mean, variance, drivers, c = whole_numbers(300, 784, 64, 7)
    rng = np.random.default_rng(1)  # sums that are rounded
    mean, variance = rng.normal(size=mean.shape), rng.uniform(0, 1, mean.shape)
    arguments = edges, packed(mean), packed(variance), drivers, c, KEY, 0
    whole = fused_read(x, *arguments)
    with threadpool_limits(1):
        np.testing.assert_array_equal(fused_read(x, *arguments), whole)
    pieces = [fused_read(x[:77], *arguments), fused_read(x[77:], *arguments, before=77)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_every_read_has_noise_of_its_own():
    x, edges, mean, variance, drivers, c = whole_numbers(20, 30, 10, 1, F(np.inf))
    first, again, second = (
        fused_read(x, edges, packed(mean), packed(variance), drivers, c, KEY, read)
        for read in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != second).all()


def test_no_inputs_give_no_outputs():
    x, edges, mean, variance, drivers, c = whole_numbers(1, 30, 10, 1)
    assert fused_read(x[:0], edges, packed(mean), None, drivers, c, None).shape == (0, 10)


def test_noise_has_the_variance_that_was_asked_for():
    n, rows = 4000, 40
    rng = np.random.default_rng(2)
    v, mean = rng.uniform(-1, 1, rows), rng.normal(size=(1, rows, 8))
    variance, own = rng.uniform(0, 0.1, (1, rows, 8)), rng.uniform(0, 1, (1, 8)).astype(F)
    one = np.ones((1, 8), F)
    c = Converters(own, one, 0 * one, F(-np.inf), F(np.inf), one, np.zeros(8, F))
    x = np.tile(v.astype(F), (n, 1))
    edges = np.array([0, rows])
    y = fused_read(x, edges, packed(mean), packed(variance), EXACT, c, KEY)
    spread = np.sqrt(v**2 @ variance[0] + own[0])
    assert abs((y.mean(0) - v @ mean[0]) / spread).max() < 4.5 / np.sqrt(n)
    assert abs(y.std(0) / spread - 1).max() < 4.5 / np.sqrt(2 * n)


def test_halves_are_rounded_to_even():
    x = np.array([[0.5, 1.5, 2.5, -0.5, -1.5, 9.0, -9.0]], F)
    v, v2 = np.empty((2, 1, 7), F)
    drive(x, 0, 7, Drivers(F(1), F(-5), F(5), F(2)), v, v2)
    assert v.tolist() == [[0, 4, 4, 0, -4, 10, -10]]
    np.testing.assert_array_equal(v2, v**2)


def test_drivers_have_the_bits_that_numpy_has():
    x = np.random.default_rng(3).uniform(-0.2, 1.5, (33, 50)).astype(F)
    drivers = Drivers(F(65535 / 1.3), F(0), F(65535), F(0.2 / 65535))
    v, v2 = np.full((2, 40, 48), F(7))
    drive(x, 3, 48, drivers, v, v2)
    np.testing.assert_array_equal(v[:33, 3:], driven(x[:, 3:48], drivers))
    np.testing.assert_array_equal(v2[:33, 3:], driven(x[:, 3:48], drivers) ** 2)
    assert not v[:33, :3].any()
    assert not v2[:33, :3].any()


def test_converters_have_the_bits_that_numpy_has():
    rng = np.random.default_rng(4)
    *_, c = whole_numbers(1, 5, 70, 2, F(32767))
    c = c._replace(per=c.per * F(1e8))
    i, i2 = rng.normal(size=(33, 96)).astype(F) * F(1e-4), rng.uniform(0, 1e-9, (33, 96)).astype(F)
    z, before = rng.normal(size=(33, 70)).astype(F), rng.normal(size=(33, 70)).astype(F)
    c = c._replace(noise=c.noise * F(1e-11))
    y = before.copy()
    convert(i, i2, z.ravel(), 1, c, y)
    noisy = i[:, :70] + np.sqrt(i2[:, :70] + c.noise[1]) * z
    np.testing.assert_array_equal(y, before + converted(noisy, c, 1))


@pytest.mark.parametrize("rows, outputs", [(1, 1), (17, 10), (130, 70), (784, 256)])
def test_products_are_as_exact_as_sums_in_order(rows, outputs):
    rng = np.random.default_rng(5)
    v, g = rng.normal(size=(3 * ROWS, rows)).astype(F), rng.normal(size=(1, rows, outputs))
    matrix = packed(g)[0]
    out = np.empty((len(v), len(matrix) * PANEL), F)
    product(v, matrix, out)
    g = g[0].astype(F).astype(float)
    bound = rows * 2.0**-24 * (abs(v).astype(float) @ abs(g))
    assert (abs(out[:, :outputs] - v.astype(float) @ g) <= bound).all()
    assert not out[:, outputs:].any()
