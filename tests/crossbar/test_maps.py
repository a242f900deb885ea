import numpy as np
import pytest

from xbarsim.crossbar.maps import read_conductances
from xbarsim.errors import DataError, SpecError

G = np.array([[1e-6, 2e-5, 0.0], [3.5e-5, 1e-4, 7e-6]])


def file_of(tmp_path, text, name="map.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ", ", ";", " ; ", "\t", " ", "   "])
@pytest.mark.parametrize("name", ["map.csv", "map.TSV", "map.txt"])
def test_separators_are_told_apart(tmp_path, separator, name):
    text = "".join(separator.join(f"{value:g}" for value in row) + "\n" for row in G)
    g = read_conductances(file_of(tmp_path, text, name))
    assert g.dtype == float
    assert (g == G).all()


def test_comments_blank_lines_and_the_mark_of_order_are_skipped(tmp_path):
    text = "\ufeff# chip 7\n\n1e-6, 2e-5, 0  # first row\n\n3.5e-5, 1e-4, 7e-6\n"
    assert (read_conductances(file_of(tmp_path, text)) == G).all()


@pytest.mark.parametrize(
    ("unit", "value"),
    [("S", "25e-6"), ("mS", "0.025"), ("uS", "25"), ("\u00b5S", "25"), ("\u03bcS", "25")]
    + [("nS", "25000"), ("pS", "25e6"), ("ohm", "40000"), ("k\u03a9", "40"), ("k\u2126", "40")]
    + [("Mohm", "0.04"), ("Gohm", "4e-5")],
)
def test_unit_is_taken_from_the_call_or_from_the_first_line(tmp_path, unit, value):
    said = read_conductances(file_of(tmp_path, value), unit=unit)
    read = read_conductances(file_of(tmp_path, f"{unit}\n{value}\n"))
    assert said == read == pytest.approx(25e-6, rel=3e-16)


def test_whole_microsiemens_are_right_to_the_last_bit(tmp_path):
    values = [str(k) for k in range(1, 1000)]
    g = read_conductances(file_of(tmp_path, ",".join(values)), unit="uS")
    assert g.tolist() == [[float(f"{value}e-6") for value in values]]


def test_unit_that_file_and_call_name_alike_is_accepted(tmp_path):
    assert read_conductances(file_of(tmp_path, "uS\n7\n"), unit="\u00b5S") == 7e-6


def test_infinite_resistance_is_a_missing_cell(tmp_path):
    assert read_conductances(file_of(tmp_path, "inf,50"), unit="kohm").tolist() == [[0.0, 2e-5]]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", ">f8"])
def test_files_of_numpy_are_read(tmp_path, dtype):
    values = np.array([[1, 2, 3], [40, 50, 60]], dtype=dtype)
    np.save(tmp_path / "map.npy", values)
    np.savez(tmp_path / "map.npz", anything=values)
    for name in ("map.npy", "map.npz"):
        g = read_conductances(tmp_path / name, unit="uS")
        assert g.dtype == float
        assert g.dtype.isnative
        np.testing.assert_allclose(g, values.astype(float) * 1e-6, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "fault"),
    [
        ("1,2\n3,nan\n", None, "line 2, column 2, is nan S"),
        ("# two\n1,2\n-3,4\n", "uS", "line 3, column 1, is -3 uS"),
        ("1,2\n3,inf\n", None, "line 2, column 2, is inf S"),
        ("1,0\n", "ohm", "line 1, column 2, is 0 ohm"),
        ("1,-inf\n", "ohm", "line 1, column 2, is -inf ohm"),
        ("1,2\n3\n", None, "line 2, has 1 values; line 1 has 2"),
        ("1,2\n3,4,\n", None, "line 2, column 3, is empty"),
        ("1,2\n3,high\n", None, "line 2, column 2, is 'high', no number"),
        ("a,b\n1,2\n", None, "line 1, column 1, is 'a', no number"),
        ("1,5;2,5\n", None, "line 1, column 1, is '1,5', no number"),
        ("1_0,2\n", None, "line 1, column 1, is '1_0', no number"),
        ("1,2\nuS\n", None, "line 2, column 1, is 'uS', no number"),
        ("1e999\n", None, "line 1, column 1, is inf S"),
        ("", None, "holds no values"),
        ("# nothing\nuS\n", None, "holds no values"),
        ("uS\n1\n", "nS", "says uS, but unit is 'nS'"),
    ],
)
def test_table_that_is_no_map_is_refused_with_its_place(tmp_path, text, unit, fault):
    path = file_of(tmp_path, text)
    with pytest.raises(SpecError) as raised:
        read_conductances(path, unit=unit)
    assert str(path) in str(raised.value)
    assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (np.ones(3), r"shape \(3,\)"),
        (np.ones((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.ones((0, 3)), r"shape \(0, 3\)"),
        (np.array([["a"]]), "type <U1"),
        (np.ones((1, 1), dtype=complex), "type complex128"),
        (np.array([[True]]), "type bool"),
        (np.array([[None]]), "without objects"),
        (np.array([[1.0, -2.0]]), r"\[0, 1\] is -2 S"),
        (np.array([[1.0], [np.nan]]), r"\[1, 0\] is nan S"),
    ],
)
def test_array_that_is_no_map_is_refused(tmp_path, values, fault):
    np.save(tmp_path / "map.npy", values)
    with pytest.raises(SpecError, match=rf"map\.npy.*{fault}"):
        read_conductances(tmp_path / "map.npy")


def test_several_arrays_in_one_file_are_refused(tmp_path):
    np.savez(tmp_path / "map.npz", high=G, low=G)
    with pytest.raises(SpecError, match=r"2 arrays \(high, low\)"):
        read_conductances(tmp_path / "map.npz")


@pytest.mark.parametrize("name", ["map.npy", "map.npz"])
@pytest.mark.parametrize("content", [b"", b"1,2\n", b"PK\x03\x04broken"])
def test_damaged_file_of_numpy_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SpecError, match="no readable file"):
        read_conductances(tmp_path / name)


def test_file_of_numpy_damaged_anywhere_is_refused_or_read(tmp_path):
    """A byte of the header or of the directory may make anything of it."""
    for name, save in (("map.npy", np.save), ("map.npz", np.savez_compressed)):
        save(tmp_path / name, G)
        whole = (tmp_path / name).read_bytes()
        for place in range(0, len(whole), 3):
            broken = whole[:place] + bytes([whole[place] ^ 0x2A]) + whole[place + 1 :]
            (tmp_path / name).write_bytes(broken)
            try:
                read_conductances(tmp_path / name)
            except SpecError as error:
                assert name in str(error)


def test_array_that_fits_no_memory_is_refused(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    content = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.ljust(117) + b"\n"
    (tmp_path / "map.npy").write_bytes(content)
    with pytest.raises(SpecError, match=r"map\.npy is no readable file"):
        read_conductances(tmp_path / "map.npy")


def test_text_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "map.csv").write_bytes("\u00b5S\n1\n".encode("latin-1"))
    with pytest.raises(SpecError, match="UTF-8"):
        read_conductances(tmp_path / "map.csv")


def test_missing_file_unknown_kind_and_unknown_unit_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"absent\.csv does not exist"):
        read_conductances(tmp_path / "absent.csv")
    with pytest.raises(SpecError, match=r"\.csv, \.tsv, \.txt, \.npy or \.npz"):
        read_conductances(file_of(tmp_path, "1", "map.xlsx"))
    with pytest.raises(SpecError, match="unit is 'us'; known: .*uS"):
        read_conductances(file_of(tmp_path, "1"), unit="us")
