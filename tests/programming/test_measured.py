"""Measurements from CSV files: what is read, and what is refused with which words."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.programming.measured import read_measured


@pytest.fixture
def written(tmp_path):
    """Write a file of measurements and give its path."""

    def write(text, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "head",
    ["t (ms),v (mV),i (uA)", "time_ms,voltage_mV,current_uA", "T [ms];V [mV];I [µA]",
     "t/ms\tv/mV\ti/uA", "Time (ms), Bias (mV), Current (uA)"],
)  # fmt: skip
def test_heads_name_columns_and_units_in_several_ways(written, head):
    separator = max(",;\t", key=head.count)
    rows = [separator.join(("0", "100", "2")), separator.join(("3", "-200", "4e1"))]
    found = read_measured([written("\n".join([head, *rows]))])
    assert found.kind == "sweep"
    np.testing.assert_allclose(found.columns["t"], [0.0, 3e-3])
    np.testing.assert_allclose(found.columns["v"], [0.1, -0.2])
    np.testing.assert_allclose(found.columns["i"], [2e-6, 4e-5])


def test_without_units_numbers_are_si_and_comments_are_skipped(written):
    found = read_measured([written("# our lab\n\ntarget,g\n1e-5,1.1e-5\n# pause\n2e-5,2e-5\n")])
    assert found.kind == "programming"
    assert found.columns["g"].tolist() == [1.1e-5, 2e-5]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("v,width (ns),g (uS)\n1,10,3\n", "pulses"), ("v,t_switch (us)\n1,3\n", "switching"),
     ("target (uS),g (uS),age (h)\n1,2,1\n", "programming")],
)  # fmt: skip
def test_columns_say_what_was_measured(written, text, kind):
    found = read_measured([written(text)])
    assert found.kind == kind
    assert len(found) == 1


def test_columns_that_are_not_used_are_told(written):
    found = read_measured([written("target,g,operator,t_switch\n1,2,me,3\n")])
    assert found.ignored == ("operator", "t_switch")


def test_curves_begin_fresh_and_cycles_go_on(written):
    rows = "a,1,0,1,1\na,1,1,1,1\na,2,0,1,1\na,2,1,1,1\nb,1,0,1,1\nb,1,1,1,1\n"
    found = read_measured([written("curve,cycle,t,v,i\n" + rows)])
    assert found.parts == (slice(0, 2), slice(2, 4), slice(4, 6))
    assert found.follows == (False, True, False)


def test_cycles_without_curves_are_of_one_cell(written):
    found = read_measured([written("cycle,t,v,i\n1,0,1,1\n1,1,1,1\n2,0,1,1\n2,1,1,1\n")])
    assert found.follows == (False, True)


def test_several_files_are_curves_of_their_own(written):
    one, two = (written("t,v,i\n0,1,1\n1,1,1\n", f"{n}.csv") for n in "ab")
    found = read_measured([one, two])
    assert found.parts == (slice(0, 2), slice(2, 4))
    assert found.follows == (False, False)
    assert [name for name, _ in found.files] == ["a.csv", "b.csv"]


def test_files_of_one_fit_have_the_same_columns(written):
    one, two = written("t,v,i\n0,1,1\n1,1,1\n"), written("target,g\n1,1\n", "b.csv")
    with pytest.raises(SpecError, match=r"b\.csv: holds target, g .* same\s+columns"):
        read_measured([one, two])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n  \n# nothing\n", "is empty"),
        ("t,v,i\n", "holds a head but no rows"),
        ("a,b\n1,2\n", r"has the columns 'a', 'b'; expected t \(second\), v \(volt\), i"),
        ("1,2,3\n4,5,6\n", "has the columns '1', '2', '3'; expected"),
        ("t (V),v,i\n0,1,1\n1,1,1\n", r"column 't \(V\)': 'V' is no unit of second"),
        ("t,v (furlong),i\n0,1,1\n1,1,1\n", "'furlong' is no unit of volt"),
        ("t,v,i,time (ms)\n0,1,1,0\n", r"columns 't' and 'time \(ms\)' are both t"),
        ("t,v,i\n0,1,1\n1,,1\n2,1,nan\n3,1,1\n", "2 rows have gaps .*: lines 3, 4"),
        ("t,v,i\n0,1,1\n1,1,inf\n", "1 rows have gaps .*: lines 3"),
        ("t,v,i\n0,1,1\n1,one,1\n", "line 3, column 'v': 'one' is not a number"),
        ("t;v;i\n0;1,5;1\n", "line 2, column 'v': '1,5' is not a number"),
        ("t,v,i\n0,1,1\n1,1\n", "line 3 has 2 columns; the head has 3"),
        ("t,v,i\n0,1,1\n2,1,1\n1,1,1\n", "line 4: t is 1 s, not after 2 s"),
        ("t,v,i\n0,1,1\n0,1,1\n", "line 3: t is 0 s, not after 0 s"),
        ("t,v,i\n0,1,1\n", "line 2: a curve of one row"),
        ("curve,t,v,i\na,0,1,1\na,1,1,1\nb,0,1,1\nb,1,1,1\na,2,1,1\n",
         "line 6: curve a comes back; keep its rows together"),
        ("v,width,g (uS)\n1,1,-3\n", "line 2: g is -3 uS; it must be above 0"),
        ("v,t_switch\n1,0\n", "line 2: t_switch is 0 s; it must be above 0"),
        (b"t,v,i (\xb5A)\n0,1,1\n", "is not text in UTF-8"),
        (b"t,v,i\n0,1,1\x00\n", "is not a number"),
    ],
)  # fmt: skip
def test_what_is_no_measurement_is_refused_by_line_and_column(written, text, said):
    with pytest.raises(SpecError, match=said) as error:
        read_measured([written(text)])
    assert "data.csv" in str(error.value)


def test_missing_files_and_no_files_are_refused(tmp_path):
    with pytest.raises(SpecError, match=r"none\.csv: cannot be read: No such file"):
        read_measured([tmp_path / "none.csv"])
    with pytest.raises(SpecError, match="no file"):
        read_measured([])
    with pytest.raises(SpecError, match="cannot be read"):
        read_measured([tmp_path])
