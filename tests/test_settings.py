"""Settings of the command line."""

import pytest

from wincls.errors import ConfigError
from wincls.settings import with_setting


def parsed(value):
    return with_setting({}, f"data.key={value}")["data"]["key"]


@pytest.mark.parametrize(
    "value",
    [
        *["#", "##", "# ", "# note", "a #1.conll", "my file # 2.conll", "a#b", "//", ";"],
        *["%", "%%", "@", "`", "*", "&", "!", "|", ">", "-", "--", "---", "?", ":", ".", "..."],
        *["@a.conll", "*.conll", "&x", "%x", "`x`", "!x"],
    ],
)
def test_a_value_that_can_only_be_meant_so_is_taken_as_it_stands(value):
    assert parsed(value) == value


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *[("20", 20), ("-1", -1), ("1e-3", 1e-3), ("true", True), ("null", None), ("~", None), ("", None)],
        *[("[]", []), ("{}", {}), ("[A, B]", ["A", "B"]), ("[A, B] # both", ["A", "B"]), ("20 # few", 20)],
        *[('"#"', "#"), ("'a #1'", "a #1"), ('""', ""), ("'a' # note", "a")],
        *[("{name: x}", {"name": "x"}), ("name: x", {"name": "x"}), (" a", "a"), ("- a", ["a"])],
    ],
)
def test_other_values_are_yaml(value, meaning):
    assert parsed(value) == meaning


@pytest.mark.parametrize("value", ["[A", "{a", "'a", '"a', "[*x]", "a: b: c"])
def test_what_begins_as_yaml_and_is_none_is_refused(value):
    with pytest.raises(ConfigError, match=r"^--set data.key.*: not valid YAML"):
        parsed(value)
