"""YAML documents that know where each value stands, and faults that say so."""

import math
import textwrap
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xbarsim.documents import (
    Document,
    dotted_path,
    fields_at,
    read_yaml,
    read_yaml_file,
    validate,
)
from xbarsim.errors import SpecError


def read(text):
    return read_yaml(textwrap.dedent(text), "f.yaml")


def fault_of(text):
    with pytest.raises(SpecError) as caught:
        read(text)
    return str(caught.value)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Square(Part):
    kind: Literal["square"]
    side: float


class Disc(Part):
    kind: Literal["disc"]
    radius: float
    finish: Literal["matt", "glossy"] = "matt"


class Box(Part):
    width: Annotated[int, Field(ge=1)] = 1
    height: int = 1


class Thing(Part):
    name: str
    box: Box | Literal["none"] | None = None
    shapes: list[Annotated[Square | Disc, Field(discriminator="kind")]] = []
    count: Annotated[int, Field(ge=0, alias="how_many")] = 0


def faults(text):
    with pytest.raises(SpecError) as caught:
        validate(Thing, read(text))
    return caught.value.faults


# reading


def test_values_know_their_line_and_column():
    document = read(
        """\
        a: 1
        b:
          c: {d: 2, e: [3, 4]}
          f:
            - g: 5
            -   h: 6
        """
    )
    assert document.places == {
        (): (1, 1),
        ("a",): (1, 1),
        ("b",): (2, 1),
        ("b", "c"): (3, 3),
        ("b", "c", "d"): (3, 7),
        ("b", "c", "e"): (3, 13),
        ("b", "c", "e", 0): (3, 17),
        ("b", "c", "e", 1): (3, 20),
        ("b", "f"): (4, 3),
        ("b", "f", 0): (5, 7),
        ("b", "f", 0, "g"): (5, 7),
        ("b", "f", 1): (6, 9),
        ("b", "f", 1, "h"): (6, 9),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-6", 1e-6), ("25e4", 25e4), ("1E3", 1e3), ("-.5", -0.5), (".inf", math.inf),
        ("12", 12), ("0x1F", 31), ("0o17", 15), ("010", 10),
        ("true", True), ("false", False), ("~", None), ("null", None), ("", None),
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"), ("12:30", "12:30"),
        ("'1e-6'", "1e-6"), ("2.5 ohm", "2.5 ohm"), ("none", "none"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text, value):
    found = read(f"a: {text}\n").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_an_alias_repeats_its_anchor_with_its_own_type():
    data = read("a: &n 5\nb: *n\nc: &t true\nd: *t\ne: &f 1e-6\ng: *f\nh: &m {x: 1}\ni: *m\n").data
    assert data == {"a": 5, "b": 5, "c": True, "d": True, "e": 1e-6, "g": 1e-6, "h": {"x": 1},
                    "i": {"x": 1}}  # fmt: skip
    assert (type(data["c"]), type(data["d"])) == (bool, bool)
    assert type(data["g"]) is float


MERGED = """\
base: &base {width: 1, height: 2}
other:
  <<: *base
  height: 3
"""


def test_a_merge_key_brings_the_keys_of_the_mapping_it_names():
    assert read(MERGED).data["other"] == {"width": 1, "height": 3}


def test_a_merged_value_is_placed_where_it_is_written():
    document = read(MERGED)
    assert document.places["other", "width"] == (1, 14)
    assert document.places["other", "height"] == (4, 3)


def test_a_chain_of_merges_is_followed_to_its_end():
    document = read("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n")
    assert document.data["c"] == {"x": 1, "y": 2, "z": 3}
    assert document.places["c", "x"] == (1, 8)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    document = read("\ufeffa: 1\r\nb:\r\n  - 2\r\n")
    assert document.data == {"a": 1, "b": [2]}
    assert document.places["b", 0] == (3, 5)


def test_a_list_at_top_level_is_read_as_a_list():
    document = read("- 1\n- x\n")
    assert document.data == [1, "x"]
    assert document.where((1,)) == "f.yaml:2:3"


@pytest.mark.parametrize("text", ["", "\n", "# nothing but a comment\n"])
def test_an_empty_document_holds_nothing(text):
    assert read(text).data is None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1", 'duplicate key "a"'),
        ("a:\n\tb: 1\n", "f.yaml:2:1", "'\\t' that cannot start any token"),
        ("a: {b: 1,\n", "f.yaml:2:1", "<stream end>"),
        ('a: "abc\n', "f.yaml:2:1", "unexpected end of stream"),
        ("a: [1, 2\nb: 3\n", "f.yaml:2:2", "expected"),
        ("a: 1\n  b: 2\n", "f.yaml:2:4", "mapping values are not allowed here"),
        ("a: *nowhere\n", "f.yaml:1:4", "undefined alias 'nowhere'"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1", "another document"),
        ("a: }\n", "f.yaml:1:4", "expected"),
    ],
)
def test_what_is_not_yaml_names_line_and_column(text, place, words):
    message = fault_of(text)
    assert message.startswith(f"{place}: not valid YAML: ")
    assert words in message
    assert "\n" not in message


def test_control_characters_are_refused():
    assert fault_of("a: \x00\n").startswith("f.yaml: not valid YAML: unacceptable character")


@pytest.mark.parametrize("text", ["a: !!python/object:os.system x\n", "a: !!python/name:os.x y\n"])
def test_a_python_tag_runs_nothing(text):
    with pytest.raises((SpecError, ValidationError)):
        validate(Thing, read(text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SpecError) as caught:
        read_yaml_file(tmp_path / "nowhere.yaml")
    message = f"{tmp_path / 'nowhere.yaml'}: cannot be read: No such file or directory"
    assert str(caught.value) == message


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(SpecError, match="cannot be read: Is a directory"):
        read_yaml_file(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_by_name(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: Käfer\n".encode("latin-1"))
    with pytest.raises(SpecError, match=r"latin\.yaml: cannot be read: 'utf-8' codec"):
        read_yaml_file(path)


def test_a_file_is_read_as_its_text_is(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 25 µS\n", "utf-8")
    document = read_yaml_file(path)
    assert document.data == {"a": "25 µS"}
    assert document.where(("a",)) == f"{path}:1:1"


# places


def test_a_path_without_a_place_is_placed_at_its_nearest_parent():
    document = read("a:\n  b: 1\n")
    assert document.where(("a", "b", "c", 3)) == "f.yaml:2:3"
    assert document.where(("x",)) == "f.yaml:1:1"


def test_a_value_from_elsewhere_says_where_from():
    document = Document("f.yaml", {"a": 1}, {("a",): (3, 1)}).with_place(("a",), "--set a")
    assert document.where(("a",)) == "--set a"


def test_a_fault_is_placed_by_the_longest_path_it_begins_with():
    document = read("a:\n  b: 1\n  bc: 2\n")
    assert document.placed("a.b: too small") == "f.yaml:2:3: a.b: too small"
    assert document.placed("a.bc is 2; at most 1") == "f.yaml:3:3: a.bc is 2; at most 1"
    assert document.placed("a.x: too small") == "f.yaml:1:1: a.x: too small"


def test_a_path_is_written_with_dots():
    assert dotted_path(("tasks", 0, "name")) == "tasks.0.name"


# checking


def test_a_document_without_faults_becomes_the_model():
    thing = validate(Thing, read("name: x\nhow_many: 2\nbox: {width: 3}\n"))
    assert (thing.name, thing.count, thing.box.width) == ("x", 2, 3)


def test_an_unknown_key_names_the_nearest_one():
    assert faults("nmae: x\nname: y\n") == ["f.yaml:1:1: nmae: unknown key; did you mean 'name'?"]


def test_an_unknown_key_far_from_all_lists_those_that_are_known():
    expected = "f.yaml:2:1: zzz: unknown key; known: box, how_many, name, shapes"
    assert faults("name: x\nzzz: 1\n") == [expected]


def test_the_nearest_key_is_found_inside_a_union_member():
    expected = "f.yaml:2:7: box.widht: unknown key; did you mean 'width'?"
    assert faults("name: x\nbox: {widht: 1}\n") == [expected]


def test_the_nearest_key_is_that_of_the_union_member_meant():
    text = """\
    name: x
    shapes:
      - {kind: square, side: 1}
      - {kind: disc, radius: 1, finsih: matt}
    """
    expected = "f.yaml:4:29: shapes.1.finsih: unknown key; did you mean 'finish'?"
    assert faults(text) == [expected]


def test_a_key_of_another_member_of_a_union_is_no_known_one():
    text = "name: x\nshapes: [{kind: square, side: 1, radius: 2}]\n"
    expected = "f.yaml:2:34: shapes.0.radius: unknown key; known: kind, side"
    assert faults(text) == [expected]


def test_a_path_without_tags_leads_to_every_member_of_a_union():
    (found,) = fields_at(Thing, ["shapes", "0", "radius"])
    assert found.annotation is float
    assert fields_at(Thing, ["shapes", "square", "radius"]) == [found]  # an item's name


def test_a_word_for_a_mapping_says_what_both_would_be():
    found = faults("name: x\nbox: nothing\n")
    assert found == [
        "f.yaml:2:1: box: 'nothing': expected keys and values",
        "f.yaml:2:1: box: 'nothing': input should be 'none'",
    ]


def test_a_missing_key_is_placed_at_the_mapping_that_lacks_it():
    expected = "f.yaml:3:5: shapes.0.side: missing; this key is required"
    assert faults("name: x\nshapes:\n  - kind: square\n") == [expected]


def test_a_wrong_value_is_shown_with_what_is_allowed():
    expected = "f.yaml:2:7: box.width: 0: input should be greater than or equal to 1"
    assert faults("name: x\nbox: {width: 0}\n") == [expected]


def test_an_unknown_kind_lists_the_kinds():
    (fault,) = faults("name: x\nshapes: [{kind: cube}]\n")
    assert fault.startswith("f.yaml:2:11: shapes.0.kind: 'cube'")
    assert "'square'" in fault
    assert "'disc'" in fault


def test_all_faults_are_reported_at_once():
    text = """\
    nmae: x
    how_many: -1
    box: {width: 0, hieght: 2}
    shapes:
      - {kind: square, side: big}
      - {kind: disc}
    """
    places = sorted(fault.split(": ")[0] for fault in faults(text))
    assert places == sorted(
        ["f.yaml:1:1", "f.yaml:1:1", "f.yaml:2:1", "f.yaml:3:7", "f.yaml:3:17", "f.yaml:5:20",
         "f.yaml:6:5"]
    )  # fmt: skip


def test_a_fault_in_a_merged_value_is_placed_where_the_value_is_written():
    text = "name: x\nshapes:\n- &d {kind: disc, radius: big}\n- {<<: *d, finish: matt}\n"
    assert [f.split(": ")[0] for f in faults(text)] == ["f.yaml:3:19", "f.yaml:3:19"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: expected keys and values; the file is empty"),
        ("- 1\n", "f.yaml:1:1: expected keys and values; found [1]"),
        ("hello\n", "f.yaml: expected keys and values; found 'hello'"),
    ],
)
def test_a_document_that_is_no_mapping_is_refused(text, message):
    assert faults(text) == [message]


def test_a_long_value_is_cut_to_fit_a_line():
    (fault,) = faults(f"name: x\nbox: {{width: {'9x' * 200}}}\n")
    assert len(fault) < 200
