import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wincls.errors import ConfigError
from wincls.options import build, choice, describe, option, plain


@dataclass(frozen=True)
class Steady:
    rate: float = option(0.1, "how fast", above=0, below=10)


@dataclass(frozen=True)
class Falling:
    rate: float = option(0.2, "how fast", above=0)
    steps: tuple[int, ...] = option((1, 2), "where", least=1, most=99)


@dataclass(frozen=True)
class Still:
    """A choice without parameters."""


PACES = {"steady": Steady, "falling": Falling, "still": Still}


@dataclass(frozen=True)
class Road:
    lanes: int = option(2, "lanes in all", least=1)
    name: str | None = option(None, "what it is called")
    surface: str = option("tar", "what it is made of", among=("tar", "gravel", "cobbles"))
    open: bool = option(True, "whether one may pass")


@dataclass(frozen=True)
class Trip:
    start: str = option(..., "where it begins")
    road: Road = option(Road(), "what it follows")
    pace: Steady | Falling | Still = choice(Steady(), "how it goes on", PACES)
    stops: tuple[str, ...] | None = option(None, "places on the way")
    tolls: tuple[float, ...] = option((), "what is to be paid", least=0)


def trip(**keys):
    return build(Trip, {"start": "Rome", **keys})


def error(**keys):
    with pytest.raises(ConfigError) as caught:
        trip(**keys)
    return str(caught.value)


def test_keys_left_out_have_their_defaults():
    assert trip() == Trip("Rome", Road(2, None, "tar", True), Steady(0.1), None, ())


def test_keys_given_are_taken():
    given = {
        "road": {"lanes": 4, "name": "A1", "surface": "gravel", "open": False},
        "pace": {"name": "falling", "rate": 3.5, "steps": [4, 5]},
        "stops": ["Pisa", "Turin"],
        "tolls": [1.5, 0.0],
    }
    assert trip(**given) == Trip(
        "Rome", Road(4, "A1", "gravel", False), Falling(3.5, (4, 5)), ("Pisa", "Turin"), (1.5, 0.0)
    )


def test_null_stands_for_an_empty_mapping():
    assert trip(road=None) == trip(road={}) == trip()


@pytest.mark.parametrize("given", ["Rome", 3, ["start"], True, 2.5])
def test_only_a_mapping_makes_options(given):
    with pytest.raises(ConfigError, match=r"^config: found .*; allowed is a mapping of keys$"):
        build(Trip, given)


def test_a_nested_mapping_is_needed_where_keys_are():
    assert error(road="A1") == "road: found 'A1'; allowed is a mapping of keys"


def test_a_required_key_is_asked_for_with_its_meaning():
    with pytest.raises(ConfigError, match=r"^start: required, but missing \(where it begins\)$"):
        build(Trip, {})


def test_an_unknown_key_is_answered_with_the_known_and_the_nearest():
    assert error(rod={}) == (
        "rod: unknown key; known here are start, road, pace, stops, tolls; did you mean 'road'?"
    )
    assert error(road={"Lanes": 2}) == (
        "road.Lanes: unknown key; known here are lanes, name, surface, open; did you mean 'lanes'?"
    )
    assert error(pace={"name": "steady", "zzz": 1}) == "pace.zzz: unknown key; known here are rate"


@pytest.mark.parametrize("key", [None, 3, 2.5, True, (1, 2)])
def test_keys_need_not_be_texts_to_be_refused(key):
    with pytest.raises(ConfigError, match="unknown key"):
        build(Trip, {"start": "Rome", key: 1})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"start": 3}, "start: found 3; allowed is a string; put it in quotes"),
        ({"start": None}, "start: found null; allowed is a string; this key is required"),
        ({"start": {"a": 1}}, "start: found a mapping; allowed is a string"),
        ({"road": {"lanes": 2.0}}, "road.lanes: found 2.0; allowed is an integer at least 1"),
        ({"road": {"lanes": "2"}}, "road.lanes: found '2'; allowed is an integer at least 1"),
        ({"road": {"lanes": True}}, "road.lanes: found true; allowed is an integer at least 1"),
        ({"road": {"lanes": None}}, "road.lanes: found null; allowed is an integer at least 1"),
        ({"road": {"name": 5}}, "road.name: found 5; allowed is a string, or null"),
        ({"road": {"open": 1}}, "road.open: found 1; allowed is true or false"),
        ({"road": {"open": "yes"}}, "road.open: found 'yes'; allowed is true or false"),
        ({"road": {"surface": None}}, "road.surface: found null; allowed is tar | gravel | cobbles"),
        ({"pace": {"rate": "fast"}}, "pace.rate: found 'fast'; allowed is a number above 0 and below 10"),
        ({"pace": {"rate": True}}, "pace.rate: found true; allowed is a number above 0 and below 10"),
        ({"stops": "Pisa"}, "stops: found 'Pisa'; allowed is a list, each a string, or null; write [Pisa]"),
        (
            {"tolls": -3},
            "tolls: found -3; allowed is a list, each a number at least 0; write a list, or [] for none",
        ),
        (
            {"stops": ["Pisa", 3]},
            "stops: found ['Pisa', 3]; allowed is a list, each a string, or null; YAML reads words such as "
            "NO, on or null as other values: put them in quotes",
        ),
        ({"tolls": 3}, "tolls: found 3; allowed is a list, each a number at least 0; write [3]"),
        ({"tolls": None}, "tolls: found null; allowed is a list, each a number at least 0"),
        ({"tolls": [1, True]}, "tolls: found [1, True]; allowed is a list, each a number at least 0"),
    ],
)
def test_a_wrong_type_is_answered_with_what_is_allowed(keys, message):
    assert error(**keys) == message


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"road": {"lanes": 0}}, "road.lanes: found 0; allowed is an integer at least 1"),
        ({"pace": {"rate": 0}}, "pace.rate: found 0; allowed is a number above 0 and below 10"),
        ({"pace": {"rate": 10}}, "pace.rate: found 10; allowed is a number above 0 and below 10"),
        ({"tolls": [2, -1]}, "tolls: found [2, -1]; allowed is a list, each a number at least 0"),
        (
            {"pace": {"name": "falling", "steps": [100]}},
            "pace.steps: found [100]; allowed is a list, each an integer at least 1 and at most 99",
        ),
        (
            {"road": {"surface": "gravl"}},
            "road.surface: found 'gravl'; allowed is tar | gravel | cobbles; did you mean 'gravel'?",
        ),
        ({"road": {"surface": "mud"}}, "road.surface: found 'mud'; allowed is tar | gravel | cobbles"),
    ],
)
def test_a_value_out_of_range_is_answered_with_what_is_allowed(keys, message):
    assert error(**keys) == message


def test_the_ends_of_a_range_are_in_it_where_it_says_so():
    assert trip(road={"lanes": 1}).road.lanes == 1
    assert trip(pace={"name": "falling", "steps": [1, 99]}).pace.steps == (1, 99)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_have_to_be_finite(number):
    assert error(pace={"rate": number}) == (
        f"pace.rate: found {number}; allowed is a number above 0 and below 10"
    )


@pytest.mark.parametrize("number", [10**400, -(10**400), 1 << 20000], ids=["large", "small", "larger"])
def test_a_whole_number_beyond_all_floats_is_no_number(number):
    assert "allowed is a number above 0 and below 10" in error(pace={"rate": number})


def test_a_whole_number_is_taken_where_a_number_is_allowed():
    rate = trip(pace={"rate": 3}).pace.rate
    assert (rate, type(rate)) == (3.0, float)


def test_long_values_are_cut_in_messages():
    assert error(road={"surface": "x" * 1000}) == (
        f"road.surface: found '{'x' * 56}...; allowed is tar | gravel | cobbles"
    )


def test_a_message_stays_on_its_line_whatever_the_value_or_the_key():
    assert "\n" not in error(road={"surface": "two\nlines"})
    assert "\n" not in error(**{"two\nlines": 3})


@pytest.mark.parametrize("given", ["falling", {"name": "falling"}])
def test_a_choice_is_made_by_name_or_by_a_mapping_with_the_name(given):
    assert trip(pace=given).pace == Falling()


def test_a_choice_without_a_name_is_the_default_with_other_parameters():
    assert trip(pace={"rate": 5}).pace == Steady(5.0)
    assert trip(pace={}).pace == Steady()


@pytest.mark.parametrize("given", ["fallin", {"name": "fallin", "rate": 3}])
def test_an_unknown_name_is_answered_with_the_known_and_the_nearest(given):
    assert error(pace=given) == (
        "pace: unknown name 'fallin'; known are steady, falling, still; did you mean 'falling'?"
    )


@pytest.mark.parametrize(("name", "shown"), [(3, "3"), (None, "null"), (["still", 1], "['still', 1]")])
def test_a_name_has_to_be_a_text(name, shown):
    assert error(pace={"name": name}) == f"pace: unknown name {shown}; known are steady, falling, still"


@pytest.mark.parametrize(("given", "shown"), [(3, "3"), (None, "null"), (["still", 1], "['still', 1]")])
def test_a_choice_is_a_name_or_a_mapping(given, shown):
    assert error(pace=given) == (
        f"pace: found {shown}; allowed is one of the names steady, falling, still, "
        "or a mapping with 'name' and its parameters"
    )


def test_parameters_of_another_choice_are_refused():
    assert error(pace={"steps": [1]}) == "pace.steps: unknown key; known here are rate"


trips = st.builds(
    Trip,
    start=st.text(),
    road=st.builds(
        Road,
        lanes=st.integers(1),
        name=st.none() | st.text(),
        surface=st.sampled_from(["tar", "gravel", "cobbles"]),
        open=st.booleans(),
    ),
    pace=st.just(Still())
    | st.builds(Steady, st.floats(0.001, 9.9))
    | st.builds(Falling, st.floats(0.001, 1e9), st.lists(st.integers(1, 99)).map(tuple)),
    stops=st.none() | st.lists(st.text()).map(tuple),
    tolls=st.lists(st.floats(0, 1e300)).map(tuple),
)


@given(trips)
def test_plain_and_build_are_inverse(options):
    assert build(Trip, plain(options)) == options


def test_plain_holds_every_key_and_only_plain_values():
    assert plain(trip(pace="falling", stops=["Pisa"])) == {
        "start": "Rome",
        "road": {"lanes": 2, "name": None, "surface": "tar", "open": True},
        "pace": {"name": "falling", "rate": 0.2, "steps": [1, 2]},
        "stops": ["Pisa"],
        "tolls": [],
    }


def test_describe_lists_every_key_with_default_range_and_meaning():
    assert list(describe(Trip)) == [
        ("start", "required", "a string", "where it begins"),
        ("road", "", "mapping", "what it follows"),
        ("road.lanes", "2", "an integer at least 1", "lanes in all"),
        ("road.name", "null", "a string, or null", "what it is called"),
        ("road.surface", "'tar'", "tar | gravel | cobbles", "what it is made of"),
        ("road.open", "true", "true or false", "whether one may pass"),
        ("pace", "steady", "steady | falling | still", "how it goes on"),
        ("pace.rate (steady)", "0.1", "a number above 0 and below 10", "how fast"),
        ("pace.rate (falling)", "0.2", "a number above 0", "how fast"),
        (
            "pace.steps (falling)",
            "[1, 2]",
            "a list, each an integer at least 1 and at most 99",
            "where",
        ),
        ("stops", "null", "a list, each a string, or null", "places on the way"),
        ("tolls", "[]", "a list, each a number at least 0", "what is to be paid"),
    ]


def test_describe_puts_a_path_before_the_keys():
    assert [key for key, *_ in describe(Road, "trip.road")] == [
        "trip.road.lanes",
        "trip.road.name",
        "trip.road.surface",
        "trip.road.open",
    ]
