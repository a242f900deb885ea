"""The array library is found from the arrays, and memory is asked for before it is taken."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from xbarsim import backend
from xbarsim.backend import array_namespace, free_memory, require_memory, to_numpy
from xbarsim.errors import ResourceError, XbarsimError


class FakeCupyArray:
    def get(self):
        return np.array([1.0, 2.0])


@pytest.fixture
def cupy_like(monkeypatch):
    module = SimpleNamespace(ndarray=FakeCupyArray)
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module


@pytest.mark.parametrize("value", [1.0, [1.0], np.ones(2), np.float32(1)])
def test_everything_is_numpy_where_no_array_is_cupys(value, cupy_like):
    assert array_namespace(value) is np


def test_one_cupy_array_among_others_makes_it_cupy(cupy_like):
    assert array_namespace(np.ones(2), FakeCupyArray(), 3.0) is cupy_like


def test_no_arrays_at_all_are_numpys():
    assert array_namespace() is np


def test_asking_for_the_library_imports_no_cupy():
    code = (
        "import sys, numpy; from xbarsim.backend import array_namespace;"
        "array_namespace(numpy.ones(2)); sys.exit('cupy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_namespace_of_an_array_is_the_library_that_made_it(xp):
    assert array_namespace(xp.ones(2)) is xp


def test_arrays_come_back_to_host_memory(xp):
    back = to_numpy(xp.arange(3.0))
    assert isinstance(back, np.ndarray)
    assert back.tolist() == [0.0, 1.0, 2.0]


def test_a_device_array_is_fetched():
    assert to_numpy(FakeCupyArray()).tolist() == [1.0, 2.0]


def test_free_memory_is_some_number_of_bytes():
    assert free_memory() > 2**20


def test_what_fits_is_not_refused():
    require_memory(1024.0, "a small array")


def test_what_does_not_fit_is_refused_with_both_sizes_and_a_way_out(monkeypatch):
    monkeypatch.setattr(backend, "free_memory", lambda xp=np: 2.0 * 2**30)
    with pytest.raises(ResourceError) as caught:
        require_memory(8.0 * 2**30, "layer dense0")
    message = str(caught.value)
    for part in ("layer dense0", "8 GiB", "2 GiB are free", "array.rows", "fewer workers"):
        assert part in message


def test_a_lack_of_memory_is_both_ours_and_pythons_error():
    assert issubclass(ResourceError, MemoryError)
    assert issubclass(ResourceError, XbarsimError)
    with pytest.raises(MemoryError):
        require_memory(1e30, "an absurd array")
