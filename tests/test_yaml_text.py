"""The YAML dialect of configurations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.errors import ConfigError
from wincls.yaml_text import dump_yaml, parse_yaml


def error(text):
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "config.yaml")
    return str(caught.value)


# Reading


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("data:\n  train: [a\n", ":3:1"),
        ("data:\n\ttrain: a", ":2:1"),
        ("data: {train: 'a}", ":1:18"),
        ("data:\n  train: a\n dev: b\n", ":3:2"),
        ("data: @a", ":1:7"),
        ("data: !!python/object:os.system {}", ":1:7"),
        ("a: 1\n---\nb: 2\n", ":2:1"),
    ],
)
def test_invalid_yaml_is_shown_with_line_and_column(text, place):
    message = error(text)
    assert message.startswith(f"config.yaml{place}: not valid YAML (")
    assert message.endswith("); check indentation and quotes")
    assert "\n" not in message


def test_a_key_that_occurs_twice_is_refused():
    assert error("data: {train: a}\nwindow:\n  size: 1\n  combine: mean\n  size: 2\n") == (
        "config.yaml:5:3: not valid YAML (key 'size' occurs twice); check indentation and quotes"
    )


def test_a_control_character_is_refused():
    assert error("data: {train: a\x01}").startswith("config.yaml: not valid YAML (unacceptable character")


@pytest.mark.parametrize(
    "text",
    [
        "{[a]: b}",
        "? {a: b}\n: c",
        "!!bool maybe",
        "!!timestamp maybe",
        "!!int ''",
        "!!float ''",
        "!!int maybe",
        r'"\ud800"',
    ],
)
def test_yaml_that_makes_no_sense_is_an_error_of_the_configuration(text):
    with pytest.raises(ConfigError, match=r"^here"):
        parse_yaml(text, "here")


@given(st.text(alphabet="ab1.- :?[]{},!&*|>'\"#%@=~<\n\t", max_size=30))
def test_no_text_makes_the_yaml_reader_fail_otherwise(text):
    try:
        parse_yaml(text, "here")
    except ConfigError as refused:
        assert "\n" not in str(refused)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-3", 1e-3), ("1E5", 1e5), ("-2e+2", -200.0), ("1.5e3", 1500.0), (".5e1", 5.0), ("2.e1", 20.0)],
)
def test_numbers_with_exponents_need_no_point_and_no_sign(text, number):
    assert parse_yaml(text, "") == number


@pytest.mark.parametrize("text", ["e3", "1e", "1e-3x", "a1e3", "010", "2020-01-01", "'1e3'"])
def test_other_texts_stay_texts(text):
    assert isinstance(parse_yaml(text, ""), str)


# Writing


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(values)
def test_what_is_written_is_read_as_the_same(value):
    assert parse_yaml(dump_yaml(value), "") == value


@pytest.mark.parametrize("number", [1e-7, 1e30, 0.1, -2.5, 3.0, 2**70])
def test_numbers_are_read_as_they_were_written(number):
    found = parse_yaml(dump_yaml(number), "")
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "text", ["1e3", "null", "yes", "010", "2020-01-01", "", "a: b", "# a", "\x85", "two\nlines"]
)
def test_texts_that_look_like_something_else_are_written_so_that_they_stay_texts(text):
    assert parse_yaml(dump_yaml(text), "") == text
    assert parse_yaml(dump_yaml({"key": [text]}), "") == {"key": [text]}


def test_aliases_that_multiply_a_document_are_refused():
    levels = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))]
    assert "aliases (*name) repeat each other" in error("\n".join(levels))
    assert "aliases (*name) repeat each other" in error("a: &a [*a]")
    assert parse_yaml("a: &a [x, y]\nb: *a\n", "config.yaml") == {"a": ["x", "y"], "b": ["x", "y"]}
