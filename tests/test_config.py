from dataclasses import fields

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from wincls.config import (
    RENAMED,
    Config,
    Data,
    dump_config,
    load_config,
    make_config,
)
from wincls.corpus.columns import Columns
from wincls.errors import ConfigError
from wincls.network.activations import ACTIVATIONS, ReLU, Tanh
from wincls.network.initializers import INITIALIZERS
from wincls.network.losses import LOSSES, CrossEntropy
from wincls.optim.optimizers import OPTIMIZERS, SGD, Adam, Momentum
from wincls.optim.schedules import SCHEDULES
from wincls.options import describe, plain
from wincls.settings import with_setting
from wincls.yaml_text import parse_yaml

KEYS = list(describe(Config))
CHOICES = {
    "model.activation": ACTIVATIONS,
    "model.initializer": INITIALIZERS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
TRAIN = {"data": {"train": "a.conll"}}


def made(*settings):
    given = TRAIN
    for setting in settings:
        given = with_setting(given, setting)
    return make_config(given)


def error(*settings):
    with pytest.raises(ConfigError) as caught:
        made(*settings)
    return str(caught.value)


@pytest.fixture
def load(write, monkeypatch, tmp_path):
    """Load a configuration from the text of config.yaml, with settings."""
    monkeypatch.chdir(tmp_path)

    def load_text(text, *settings):
        write(text, "config.yaml")
        return load_config("config.yaml", settings)

    return load_text


@pytest.fixture
def load_error(load):
    def message(text, *settings):
        with pytest.raises(ConfigError) as caught:
            load(text, *settings)
        return str(caught.value)

    return message


# Reading YAML


def test_a_file_needs_to_name_the_training_data_only(load):
    assert load("data:\n  train: a.conll\n") == Config(Data("a.conll"))


@pytest.mark.parametrize("text", ["", "# nothing\n", "- data\n", "data\n", "3\n", "null\n"])
def test_a_file_has_to_be_a_mapping(load_error, text):
    assert load_error(text) == "config.yaml: not a mapping; write keys such as 'data:', one a line"


@pytest.mark.parametrize("text", ["{}", "window: {size: 1}", "data:", "data: {dev: a.conll}"])
def test_training_data_are_required(load_error, text):
    assert load_error(text) in (
        "data: required, but missing (the corpora)",
        "data.train: required, but missing (annotated text to train on: a file, a folder, a pattern such as "
        "data/*.json, or a list of these)",
    )


def test_a_missing_file_is_an_error_of_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_config("no.yaml")
    assert str(caught.value) == (
        "no.yaml: no such file; check the path (relative paths start at the current folder)"
    )


def test_a_folder_is_no_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path.parent)
    with pytest.raises(ConfigError, match=r": is a folder; a file is needed$"):
        load_config(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(load_error):
    assert load_error(b"data:\n  train: caf\xe9.conll") == (
        "config.yaml: byte 19 is not UTF-8; save the file as UTF-8"
    )


def test_a_byte_order_mark_does_no_harm(load):
    assert load(b"\xef\xbb\xbfdata: {train: a.conll}") == make_config(TRAIN)


def test_invalid_yaml_is_shown_with_the_file_and_the_place(load_error):
    assert load_error("data: {train: a}\nwindow:\n  size: 1\n  size: 2\n") == (
        "config.yaml:4:3: not valid YAML (key 'size' occurs twice); check indentation and quotes"
    )


# Checking what the file says


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "windw.size=2",
            "windw: unknown key; known here are data, labels, window, features, model, loss, "
            "structured_hinge, optimizer, schedule, regularization, decision, training; did you mean "
            "'window'?",
        ),
        ("window.sise=2", "window.sise: unknown key; known here are size, combine; did you mean 'size'?"),
        ("window.size=two", "window.size: found 'two'; allowed is an integer at least 0 and at most 20"),
        ("window.size=21", "window.size: found 21; allowed is an integer at least 0 and at most 20"),
        ("window.combine=sum", "window.combine: found 'sum'; allowed is concatenate | mean"),
        (
            "labels.scheme=IOBE",
            "labels.scheme: found 'IOBE'; allowed is BIO | IOBES | BILOU | IOB1 | IO; did you mean 'IOBES'?",
        ),
        (
            "model.activation=rleu",
            "model.activation: unknown name 'rleu'; known are sigmoid, tanh, hard_tanh, softsign, relu, "
            "leaky_relu; did you mean 'relu'?",
        ),
        (
            "model.hidden=300",
            "model.hidden: found 300; allowed is a list, each an integer at least 1 and at most 10000; "
            "write [300]",
        ),
        (
            "loss=null",
            "loss: found null; allowed is one of the names max_margin, multiclass_hinge, cross_entropy, "
            "or a mapping with 'name' and its parameters",
        ),
        ("schedule.rate=true", "schedule.rate: found true; allowed is a number above 0"),
        ("schedule.rate=.nan", "schedule.rate: found nan; allowed is a number above 0"),
        ("schedule.rate=1e999", "schedule.rate: found inf; allowed is a number above 0"),
        (
            "training.epochs=1e3",
            "training.epochs: found 1000.0; allowed is an integer at least 1 and at most 1000000",
        ),
        (
            "regularization.dropout_hidden=1",
            "regularization.dropout_hidden: found 1; allowed is a number at least 0 and below 1",
        ),
        ("data.train.dev=3", "data.train: found a mapping; allowed is a string, or a list, each a string"),
        (
            "data.train=3",
            "data.train: found 3; allowed is a string, or a list, each a string; put it in quotes",
        ),
        ("data.dev=[]", "data.dev: an empty list; name at least one file"),
        (
            "data.word_column=0",
            "data.word_column: found 0; columns are counted from 1, or from the right from -1",
        ),
        (
            "data.tag_column=0",
            "data.tag_column: found 0; columns are counted from 1, or from the right from -1",
        ),
        ("data.tag_column=1", "data.tag_column: 1 is the column of the words too; change one"),
        (
            "training.batches=windows",
            "structured_hinge.weight: 1 needs whole sentences, but training.batches is windows; set "
            "structured_hinge.weight: 0, or training.batches: sentences",
        ),
        ("loss.margin=-0.5", "loss.margin: found -0.5; allowed is a number at least 0"),
        ("schedule.unit=steps", "schedule.unit: found 'steps'; allowed is epochs | iterations"),
        ("schedule={name: constant, unit: epochs}", "schedule.unit: unknown key; known here are rate"),
        (
            "features.word.preprocess=whiten",
            "features.word.preprocess: found 'whiten'; allowed is a list, each center | normalize | whiten; "
            "write [whiten]",
        ),
        (
            "features.word.preprocess=none",
            "features.word.preprocess: found 'none'; allowed is a list, each center | normalize | whiten; "
            "write a list such as [center, normalize], or [] for none",
        ),
        (
            "features.word.preprocess=[center, whitten]",
            "features.word.preprocess: found ['center', 'whitten']; allowed is a list, each center | "
            "normalize | whiten; did you mean 'whiten'?",
        ),
        (
            "features.word={preprocess: [center, whiten], pretrain: false}",
            "features.word.preprocess: [center, whiten] needs word vectors, but features.word.vectors is "
            "null and features.word.pretrain is false; set one of them, or features.word.preprocess: []",
        ),
        ("data.types=[]", "data.types: an empty list; name at least one type, or null for all"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(setting, message):
    assert error(setting) == message


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_key_of_an_earlier_version_is_unknown_and_its_new_name_is_given(old, new):
    assert error(f"{old}=3") == f"{old}: unknown key; did you mean '{new}'?"
    assert new in {key.split(" ")[0] for key, *_ in KEYS}


def test_errors_of_a_configuration_have_exit_status_2():
    assert ConfigError.exit_status == 2


def test_a_rate_without_a_point_is_a_number():
    assert made("schedule.rate=1e-3").schedule.rate == 1e-3


@pytest.mark.parametrize("loss", ["max_margin", "multiclass_hinge"])
def test_a_margin_may_be_0(loss):
    assert made(f"loss={{name: {loss}, margin: 0}}").loss.margin == 0


@pytest.mark.parametrize("word", ["{pretrain: true}", "{vectors: a.txt, pretrain: false}"])
def test_vectors_of_either_kind_are_preprocessed_in_the_order_given(word):
    assert made(f"features.word={word}").features.word.preprocess == ()
    config = made(f"features.word={word}", "features.word.preprocess=[whiten, center]")
    assert config.features.word.preprocess == ("whiten", "center")


def test_null_keeps_a_branch_at_its_defaults():
    assert made("features.word=null") == made()


BRANCHES = [key for key, _, allowed, _ in KEYS if allowed == "mapping" and key != "data"]


@pytest.mark.parametrize("key", [*CHOICES, *BRANCHES])
def test_an_empty_mapping_leaves_everything_at_its_default(key):
    assert made(f"{key}={{}}") == made()


keys = st.sampled_from(sorted({part for key, *_ in KEYS for part in key.split(" ")[0].split(".")}))
names = st.sampled_from(["adam", "cross_entropy", "linear", "tanh", "xavier", "IO", "utf-8", "mean", "BIO"])
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | names
    | st.dates()
    | st.binary(max_size=3)
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(keys | st.just("name") | st.text(max_size=3) | st.integers() | st.none(), inner)
    ),
    max_leaves=12,
)


@given(trees)
def test_any_tree_makes_a_configuration_or_an_error_of_the_configuration(tree):
    try:
        make_config(tree)
    except ConfigError as refused:
        assert str(refused)


@given(st.sampled_from([key.split(" ")[0] for key, *_ in KEYS]), trees)
def test_any_value_of_any_key_makes_a_configuration_or_an_error_that_names_the_key(path, value):
    *branches, leaf = path.split(".")
    tree = {leaf: value}
    for branch in reversed(branches):
        tree = {branch: tree}
    if "data" in tree and isinstance(tree["data"], dict):
        tree["data"] = {**TRAIN["data"], **tree["data"]}
    try:
        config = make_config({**TRAIN, **tree})
    except ConfigError as refused:
        assert str(refused).startswith(branches[0] if branches else leaf)
    else:
        assert make_config(plain(config)) == config


# Settings of the command line


def test_settings_change_single_keys():
    config = made("window.size=3", "model.hidden=[20, 10]", "features.word.train=false", "data.dev=b.conll")
    assert config.window.size == 3
    assert config.model.hidden == (20, 10)
    assert config.features.word.train is False
    assert config.data == Data("a.conll", "b.conll")
    assert config.features.word.dimension == made().features.word.dimension


def test_of_two_settings_of_a_key_the_later_counts():
    assert made("window.size=3", "window.size=4").window.size == 4


def test_a_setting_overrides_the_file_and_leaves_its_neighbors(load):
    config = load("data: {train: a}\nwindow: {size: 1, combine: mean}\n", "window.size=4")
    assert (config.window.size, config.window.combine) == (4, "mean")


def test_a_setting_may_supply_what_the_file_lacks(load):
    assert load("window: {size: 1}", "data.train=a.conll").data.train == "a.conll"


def test_a_setting_may_hold_equals_signs_and_yaml():
    assert made("data.train=a=b.conll").data.train == "a=b.conll"
    assert made("data={train: b.conll, types: [PER]}").data.types == ("PER",)
    assert made("data.dev=").data.dev is None


def test_a_name_chooses_what_it_names():
    assert made("model.activation=tanh").model.activation == Tanh()
    assert made("loss=cross_entropy").loss == CrossEntropy()


@pytest.mark.parametrize("setting", ["optimizer=sgd", "optimizer.name=sgd", "optimizer={name: sgd}"])
def test_a_setting_makes_a_choice(setting):
    assert made(setting).optimizer == SGD()


def test_a_setting_of_a_parameter_keeps_the_choice_made_by_name_alone(load):
    text = "data: {train: a}\noptimizer: momentum\n"
    assert load(text, "optimizer.mu=0.5").optimizer == Momentum(0.5)
    assert load(text, "optimizer=adam", "optimizer.beta1=0.8").optimizer == Adam(beta1=0.8)


def test_a_setting_of_a_parameter_keeps_the_default_choice():
    default = made().loss
    changed = made("loss.margin=2.5").loss
    assert type(changed) is type(default)
    assert changed.margin == 2.5


def test_parameters_in_the_file_do_not_fit_another_choice(load_error):
    assert load_error("data: {train: a}\noptimizer: {name: momentum, mu: 0.5}\n", "optimizer.name=adam") == (
        "optimizer.mu: unknown key; known here are beta1, beta2, epsilon, bias_correction"
    )


def test_the_columns_are_those_of_the_data():
    keys = "train: a, word_column: 2, tag_column: -3, delimiter: tab, comment: '#', encoding: latin-1"
    assert made(f"data={{{keys}}}").data.columns == Columns(2, -3, "tab", "#", "latin-1")


@pytest.mark.parametrize("setting", ["", "window.size", "=3", "window.=3", ".size=3", "window..size=3"])
def test_a_setting_is_a_path_and_a_value(setting):
    assert error(setting) == f"--set {setting}: write key.path=value, such as training.epochs=20"


def test_a_setting_may_not_overwrite_what_an_earlier_one_set(load, load_error):
    text = "data: {train: a}\n"
    assert load_error(text, "loss.margin=2", "loss=multiclass_hinge") == (
        "--set loss=multiclass_hinge: overwrites the loss.margin set before it; give it first"
    )
    assert load(text, "loss=multiclass_hinge", "loss.margin=2").loss.margin == 2


def test_invalid_yaml_in_a_setting_is_shown_with_the_setting():
    assert error("model.hidden=[1") == (
        "--set model.hidden:1:3: not valid YAML (expected ',' or ']', but got '<stream end>'); "
        "check indentation and quotes"
    )


def test_settings_do_not_change_what_they_are_applied_to():
    before = {"data": {"train": "a"}, "loss": "max_margin"}
    with_setting(with_setting(before, "data.train=b"), "loss.margin=2")
    assert before == {"data": {"train": "a"}, "loss": "max_margin"}


# Writing


CONFIGS = [
    made(),
    made("loss=cross_entropy", "optimizer.name=momentum", "schedule={name: annealing, every: 2}"),
    made("model.hidden=[]", "model.activation={name: leaky_relu, k: 0.2}", "data.types=[PER, creative-work]"),
    made("features.word.preprocess=[center, whiten]", "schedule={name: hyperbolic, unit: iterations}"),
    made("features.prefixes.lengths=[]", "regularization.unknown_below=1", "schedule.rate=1e-7"),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_plain_configuration_makes_the_same_one(config):
    assert make_config(plain(config)) == config


@pytest.mark.parametrize("config", CONFIGS)
def test_a_written_configuration_is_read_as_the_same_one(config, load):
    assert load(dump_config(config)) == config


@settings(max_examples=50, phases=[Phase.generate])  # to shrink an example takes long
@given(st.text(max_size=8), st.lists(st.text(max_size=8), min_size=1, max_size=2).map(tuple))
def test_any_text_is_written_so_that_it_is_read_as_the_same(train, types):
    config = Config(Data(train, types=types))
    assert make_config(parse_yaml(dump_config(config), "")) == config


def test_a_written_configuration_leaves_no_default_out():
    written = parse_yaml(dump_config(made("model.activation=tanh", "loss=cross_entropy")), "")
    assert list(written) == [field.name for field in fields(Config)]
    assert written["model"]["activation"] == {"name": "tanh"}
    assert written["data"]["held_out"] == made().data.held_out


# The reference


def leaf_paths(tree, path=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaf_paths(value, f"{path}{key}.")
        elif key != "name":
            yield f"{path}{key}", value


@pytest.mark.parametrize(
    "setting", [f"{key}={name}" for key, registry in CHOICES.items() for name in registry]
)
def test_describe_lists_every_key_of_every_choice(setting):
    described = {key.split(" ")[0] for key, *_ in KEYS}
    assert {path for path, _ in leaf_paths(plain(made(setting)))} <= described


def test_describe_shows_the_defaults_that_hold():
    defaults = dict(leaf_paths(plain(made())))
    for key, default, *_ in KEYS:
        if key in defaults and key != "data.train":
            assert parse_yaml(default, key) == defaults[key]


def test_describe_says_something_of_every_key():
    for key, _, allowed, meaning in KEYS:
        assert allowed, key
        assert meaning, key


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": {"hidden": [10**400]}}, "at least 1 and at most 10000"),
        ({"features": {"word": {"dimension": 10**20}}}, "at least 1 and at most 10000"),
        ({"training": {"epochs": 10**15}}, "at least 1 and at most 1000000"),
        ({"data": {"train": "a", "word_column": -(10**30)}}, "at least -1000 and at most 1000"),
    ],
)
def test_absurd_numbers_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message) as caught:
        make_config({"data": {"train": "a"}} | settings)
    assert len(str(caught.value)) < 300


def test_yaml_words_that_are_no_strings_are_explained():
    with pytest.raises(ConfigError, match=r"data.types: found \[False, 'LOC'\].* put them in quotes"):
        make_config(parse_yaml("data: {train: a, types: [NO, LOC]}", "config.yaml"))
    assert make_config(parse_yaml('data: {train: a, types: ["NO"]}', "config.yaml")).data.types == ("NO",)


def test_the_activation_depends_on_the_number_of_tags_unless_it_is_chosen():
    model = made().model
    assert model.activation is None
    assert (model.activation_for(300), model.activation_for(301)) == (ReLU(), Tanh())
    assert made("model.activation=null").model == model
    assert made("model.activation=relu").model.activation_for(1000) == ReLU()
    assert parse_yaml(dump_config(made()), "")["model"]["activation"] is None
    with pytest.raises(ConfigError, match=r"model\.activation: unknown name null"):
        made("model.activation={k: 0.2}")
