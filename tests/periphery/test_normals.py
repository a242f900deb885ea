"""Draws that follow from where they are used."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit
from scipy import stats

from xbarsim.periphery._normals import drawn_at_most, fill, normals, pair, threefry

KEY = np.array([0xDEADBEEF, 2, 3, 4], np.uint32)
MANY = (4, 512, 1024)  # 2^21 draws


@njit
def pairs(a, b):
    out = np.empty((2, len(a)), np.float32)
    for k in range(len(a)):
        out[0, k], out[1, k] = pair(a[k], b[k])
    return out


@pytest.fixture(scope="module")
def drawn():
    return normals(KEY, 0, MANY)


@pytest.mark.parametrize(
    "counter, key, words",  # kat_vectors of Random123 1.14, "threefry4x32 20"
    [
        ((0,) * 4, (0,) * 4, (0x9C6CA96A, 0xE17EAE66, 0xFC10ECD4, 0x5256A7D8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 4, (0x2A881696, 0x57012287, 0xF6C7446E, 0xA16A6732)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89),
            (0x59CD1DBB, 0xB8879579, 0x86B5D00C, 0xAC8B6D84),
        ),
    ],
)
def test_words_are_the_published_ones(counter, key, words):
    assert threefry(*map(np.uint32, (*counter, *key))) == words


def test_pairs_follow_box_and_muller():
    rng = np.random.default_rng(0)
    ends = np.arange(4000, dtype=np.uint32)
    a = np.concatenate([ends, rng.integers(0, 2**32, 200_000, np.uint32), ~ends])
    b = rng.integers(0, 2**32, len(a), np.uint32)
    b[:4] = 0, 0x1FFFFFFF, 0x20000000, 0xFFFFFFFF
    u = (a + 0.5) / 2**32
    t = (np.left_shift(b, 2).view(np.int32) >> 2) * (np.pi / 2**31)
    first, second = (np.where(b >> shift & 1, -1, 1) for shift in (31, 30))
    r = np.sqrt(-np.log(u))
    exact = np.stack([first * (np.cos(t) - np.sin(t)), second * (np.cos(t) + np.sin(t))]) * r
    off = abs(pairs(a, b) - exact)
    assert off[:, u < 0.99].max() < 1.5e-6
    assert off.max() < 2.5e-4  # u in steps of 2^-24 next to 1, where both are near zero


def test_largest_draw_is_that_of_all_bits():
    b = np.array([0x1FFFFFFF], np.uint32)
    largest = pairs(np.zeros(1, np.uint32), b)[1, 0]
    assert largest == pytest.approx(np.sqrt(2 * 33 * np.log(2)), rel=1e-6)
    assert (pairs(np.full(1, 0xFFFFFFFF, np.uint32), b) == 0).all()


def test_moments_are_a_standard_normals(drawn):
    z, n = drawn.astype(float).ravel(), drawn.size
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert abs((z**power).mean() - mean) < 4.5 * np.sqrt(variance / n), power


def test_distribution_is_normal(drawn):
    assert stats.kstest(drawn.ravel()[: 2**20], "norm").pvalue > 1e-3


@pytest.mark.parametrize("word", range(4))
def test_every_word_is_normal(drawn, word):
    z = drawn.reshape(-1, 4, 16)[:, word].ravel()
    assert stats.kstest(z[: 2**18], "norm").pvalue > 1e-3


def test_tails_are_as_full_as_they_should_be():
    counts = np.zeros(3)
    levels = np.array([3.0, 4.0, 5.0])
    for read in range(16):
        z = abs(normals(KEY, read, MANY))
        counts += [(z > level).sum() for level in levels]
    expected = 16 * np.prod(MANY) * 2 * stats.norm.sf(levels)
    assert (abs(counts - expected) < 4.5 * np.sqrt(expected)).all()


def test_neighbours_are_independent(drawn):
    z = drawn.astype(float)
    for other in (np.roll(z, shift, -1) for shift in (1, 2, 3, 16, 32, 48, 64)):
        uncorrelated(z, other)
    uncorrelated(z, np.roll(z, 1, 1))
    uncorrelated(z, np.roll(z, 1, 0))


@pytest.mark.parametrize("word", range(4))
def test_streams_are_independent(drawn, word):
    key = KEY.copy()
    key[word] ^= 1
    uncorrelated(drawn.astype(float), normals(key, 0, MANY).astype(float))


def test_reads_are_independent(drawn):
    uncorrelated(drawn.astype(float), normals(KEY, 1, MANY).astype(float))


def uncorrelated(z, other):
    """Neither values nor squares go together."""
    for power, variance in ((1, 1), (2, 4)):
        product = (z**power - (power == 2)) * (other**power - (power == 2))
        assert abs(product.mean()) < 4.5 * np.sqrt(variance / z.size)


def test_what_is_drawn_depends_on_neither_pieces_nor_later_inputs(drawn):
    few = normals(KEY, 0, (2, 33, 1024))
    np.testing.assert_array_equal(few, drawn[:2, :33])
    np.testing.assert_array_equal(normals(KEY, 0, (2, 9, 1024), before=33), drawn[:2, 33:42])
    out = np.empty(drawn_at_most(900), np.float32)
    for start, stop in ((0, 1), (5, 905), (63, 65), (64, 128), (1000, 1900)):
        at = fill(KEY, 0, 3, start, stop, out)
        np.testing.assert_array_equal(out[at : at + stop - start], drawn[3].ravel()[start:stop])


def test_no_two_arrays_or_far_draws_share_counters():
    out = np.empty((3, drawn_at_most(64)), np.float32)
    far = 2**34  # draws that the low word of the counter can tell apart
    for row, start in zip(out, (0, far, 2 * far), strict=True):
        assert fill(KEY, 0, 0, start, start + 64, row) == 0
    assert len(np.unique(out[:, :64])) == 3 * 64


def test_draws_have_the_same_bits_on_every_processor():
    bits = normals(KEY, 7, (1, 1, 4)).view(np.uint32)
    assert bits.tolist() == [[[3190742206, 3215639167, 1072830164, 1064634658]]]


@pytest.mark.long
def test_draws_do_not_depend_on_who_compiles_them_first(tmp_path):
    """Numba hands the options of a caller to callees that do not say theirs."""
    code = """
import os
import subprocess
import sys

import numpy as np
from numba import njit
from xbarsim.periphery._normals import fill, normals

@njit(fastmath={"reassoc", "contract", "nsz"})
def fast(key, out):
    return fill(key, 7, 0, 0, 64, out)

key = np.array(%s, np.uint32)
fast(key, np.empty(256, np.float32))
print(normals(key, 7, (1, 1, 4)).view(np.uint32).tolist())
"""
    told = subprocess.run(
        [sys.executable, "-c", code % KEY.tolist()],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert told.stdout.strip() == str(normals(KEY, 7, (1, 1, 4)).view(np.uint32).tolist())
