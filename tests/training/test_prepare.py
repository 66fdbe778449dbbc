from collections import Counter

import numpy as np
import pytest

from wincls.config import BATCHES
from wincls.corpus.columns import read_corpus
from wincls.corpus.schemes import Entity
from wincls.errors import DataError
from wincls.features.cooccurrence import cooccurrence_vectors
from wincls.features.vocabulary import PADDING, UNKNOWN
from wincls.network.losses import LOSSES
from wincls.training.data import draw_held_out, read_corpora
from wincls.training.initialize import Coverage
from wincls.training.prepare import prepare
from wincls.training.warnings import data_warnings


@pytest.fixture
def prepared(small):
    """Prepare small.yaml with settings."""
    return lambda *settings, seed=1: prepare(small(*settings), np.random.default_rng(seed))


def error(call, *arguments):
    with pytest.raises(DataError) as caught:
        call(*arguments)
    return str(caught.value)


def sentences_of(path):
    return read_corpus(path).sentences


def keys(prepared, table):
    return prepared.tables.vocabularies[table].keys


def row(prepared, word):
    """The initial vector of a word."""
    scorer = prepared.ensemble[0]
    dimension = scorer.parameters["L.word"].shape[1]
    vectors, _ = scorer.embedding.forward(prepared.tables.rows([word]))
    return vectors[0, :dimension]


def rounded(vector):
    """What a vector is within half a step of when it is kept in a byte a number."""
    return pytest.approx(vector, abs=max(np.abs(vector)) / 127 * 0.5001)


# Corpora


def test_corpora_are_read_as_they_are(prepared):
    ready = prepared("data.test=test.conll", "labels.scheme=BIO")
    for corpus, path in (
        (ready.corpora.train, "train.conll"),
        (ready.corpora.dev, "dev.conll"),
        (ready.corpora.test, "test.conll"),
    ):
        assert corpus.path == path
        assert corpus.sentences == sentences_of(path)


def test_without_test_data_there_are_none(prepared):
    assert prepared().corpora.test is None


@pytest.mark.parametrize("share", [0.25, 0.1, 0.001, 0.999])
def test_without_development_data_a_share_of_the_sentences_is_held_out(small, share):
    data = small("data.dev=null", f"data.held_out={share}").data
    train, dev, _ = read_corpora(data, np.random.default_rng(0))
    assert train.sentences
    assert dev.sentences
    in_order = sorted([*train.sentences, *dev.sentences], key=lambda sentence: sentence.lines[0])
    assert in_order == sentences_of("train.conll")
    for part in (train, dev):
        assert [each.lines[0] for each in part.sentences] == sorted(each.lines[0] for each in part.sentences)


@pytest.mark.parametrize("lengths", [[9] * 3000, [1] * 400, [1, 1], [500, 3], [4000, 1, 1, 1], [30] * 9])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.999])
def test_what_is_held_out_are_runs_of_sentences(lengths, share):
    lengths = np.array(lengths)
    drawn = draw_held_out(lengths, share, np.random.default_rng(0))
    assert drawn.any()
    assert not drawn.all()
    wanted = share * lengths.sum()
    least = max(1, round(min(1000, wanted / 5)))  # tokens in a run
    assert wanted - least - lengths.max() <= lengths[drawn].sum() <= wanted + least + lengths.max()
    begun = np.count_nonzero(np.diff(drawn.astype(int), prepend=0) == 1)
    assert begun <= lengths[drawn].sum() / least + 1


def test_the_random_numbers_decide_what_is_held_out(small):
    def held_out(seed):
        return read_corpora(small("data.dev=null").data, np.random.default_rng(seed))[1].sentences

    assert held_out(1) == held_out(1)
    assert held_out(1) != held_out(2)


def test_held_out_sentences_lend_no_words_to_the_tables(prepared):
    ready = prepared("data.dev=null", "data.held_out=0.9")
    words = {word.lower() for sentence in ready.corpora.train.sentences for word in sentence.words}
    assert set(keys(ready, "word")) == words
    assert any(
        word.lower() not in words for sentence in ready.corpora.dev.sentences for word in sentence.words
    )


def test_nothing_can_be_held_out_of_a_single_sentence(prepared, write):
    write("Ada\tB-PER\nsings\tO\n", "one.conll")
    assert error(prepared, "data.train=one.conll", "data.dev=null") == (
        "one.conll: one sentence only, none to hold out; give data.dev or more sentences"
    )


def test_labels_are_written_in_the_scheme_of_the_configuration(prepared, write):
    write("New\tB-LOC\nYork\tI-LOC\nAda\tB-PER\n", "dev.conll")
    ready = prepared("data.train=dev.conll", "labels.scheme=IOBES")
    for encoded in (ready.training_part(0), ready.encoded_dev):
        assert [ready.tag_set.tags[tag] for tag in encoded.tags[:3]] == ["B-LOC", "E-LOC", "S-PER"]
    assert ready.corpora.train.sentences[0].entities == (Entity(0, 2, "LOC"), Entity(2, 3, "PER"))
    assert ready.tag_set.scheme.name == "IOBES"
    assert ready.tag_set.labels == ("LOC", "PER")


def test_the_schemes_that_were_read_are_reported(prepared, write):
    write("New\tB-LOC\nYork\tL-LOC\nAda\tU-PER\n", "dev.conll")
    write("Ada\tI-PER\nBob\tB-PER\n", "test.conll")
    ready = prepared("data.test=test.conll")
    assert ready.corpora.test is not None
    schemes = {
        corpus.path: corpus.scheme.name
        for corpus in (ready.corpora.train, ready.corpora.dev, ready.corpora.test)
    }
    assert schemes == {
        "train.conll": "BIO",
        "dev.conll": "BILOU",
        "test.conll": "IOB1",
    }


def test_test_data_keep_their_own_scheme(prepared, write):
    write("Ada\tI-PER\nBob\tB-PER\n", "test.conll")
    ready = prepared("data.test=test.conll")
    assert ready.corpora.test.scheme.name == "IOB1"
    assert ready.corpora.test.sentences[0].entities == (Entity(0, 1, "PER"), Entity(1, 2, "PER"))


def test_types_are_those_of_the_training_data_in_alphabetical_order(prepared, write):
    write("Zoo\tB-Z\nAda\tB-PER\nParis\tB-LOC\n", "train.conll")
    assert prepared().tag_set.labels == ("LOC", "PER", "Z")


def test_types_that_are_not_listed_become_outside(prepared):
    ready = prepared("data.types=[LOC]", "data.test=test.conll")
    assert ready.tag_set.labels == ("LOC",)
    assert set(ready.tag_set.tags) == {"O", "S-LOC", "B-LOC", "I-LOC", "E-LOC"}
    for corpus in (ready.corpora.train, ready.corpora.dev, ready.corpora.test):
        assert set(corpus.labels) == {"LOC"}


@pytest.mark.parametrize("part", ["dev", "test"])
def test_a_type_that_the_training_data_lack_is_warned_of_and_never_found(prepared, write, part):
    write("Ada\tB-PER\n\nshe\tO\nAcme\tB-ORG\n", "other.conll")
    ready = prepared(f"data.{part}=other.conll")
    assert ready.tag_set.labels == ("LOC", "PER")
    (warning,) = [each for each in data_warnings(ready.corpora) if "other.conll:4" in each]
    assert warning == (
        "other.conll:4: type ORG (1) does not occur in train.conll, which has LOC, PER. Its "
        "recall counts as 0."
    )


def test_training_data_without_entities_are_refused(prepared, write):
    write("Ada\tO\n\nBob\tO\n", "outside.conll")
    assert error(prepared, "data.train=outside.conll").endswith(
        ": every tag is O; there is nothing to learn; check data.tag_column and data.types"
    )


def test_illegal_tags_are_read_unless_they_are_to_be_errors(prepared, write):
    write("Ada\tI-PER\nNew\tB-LOC\n", "train.conll")
    assert "train.conll:1: tag I-PER at the start of a sentence is not legal" in error(
        prepared, "data.scheme=BIO", "data.illegal_tags=error"
    )
    assert "train.conll:1: tag I-PER at the start of a sentence is not legal" in error(
        prepared, "data.scheme=BIO", "data.strict=true"
    )
    ready = prepared("data.scheme=BIO")
    assert [ready.tag_set.tags[tag] for tag in ready.training_part(0).tags] == ["S-PER", "S-LOC"]


# Numbers


def test_tags_are_numbered_with_outside_first(prepared, write):
    write("Nobody\tO\nPER\tB-PER\n\nParis\tB-LOC\nAda\tB-PER\nSmith\tI-PER\n", "train.conll")
    ready = prepared()
    assert ready.tag_set.tags[0] == "O"
    assert [ready.tag_set.tags[number] for number in ready.training_part(0).tags] == [
        "O", "S-PER", "S-LOC", "B-PER", "E-PER",
    ]  # fmt: skip


def test_streams_have_the_words_of_the_corpora(prepared):
    ready = prepared("window.size=3")
    for corpus, encoded in (
        (ready.corpora.train, ready.training_part(0)),
        (ready.corpora.dev, ready.encoded_dev),
    ):
        words = [ready.forms[number - 1] for number in encoded.stream.tokens[encoded.stream.centers]]
        assert words == [word for sentence in corpus.sentences for word in sentence.words]
        assert encoded.stream.windows(encoded.stream.centers).shape == (corpus.tokens, 7)


def test_every_form_has_its_rows_and_padding_comes_first(prepared):
    ready = prepared()
    assert ready.rows.shape == (len(ready.forms) + 1, 4)
    assert (ready.rows[0] == PADDING).all()
    assert np.array_equal(ready.rows[1:], ready.tables.rows(ready.forms))


def test_forms_are_counted_in_the_training_data_only(prepared):
    ready = prepared()
    assert ready.form_counts == Counter(
        word for sentence in sentences_of("train.conll") for word in sentence.words
    )


# Tables


def test_tables_come_in_order_and_those_of_dimension_0_are_left_out(prepared):
    assert prepared().tables.names == ("word", "caps", "shape", "suffix2")
    ready = prepared("features.caps=0", "features.prefixes={lengths: [1, 3], dimension: 4}")
    assert ready.tables.names == ("word", "shape", "prefix1", "prefix3", "suffix2")
    dimensions = [ready.ensemble[0].parameters[f"L.{table}"].shape[1] for table in ready.tables.names]
    assert dimensions == [8, 2, 4, 4, 3]


def test_tables_have_a_row_for_every_key_and_two_more(prepared):
    ready = prepared()
    for table, vocabulary in ready.tables.vocabularies.items():
        assert len(ready.ensemble[0].parameters[f"L.{table}"]) == len(vocabulary.keys) + 2


def test_rare_affixes_and_shapes_are_unknown_but_no_rare_words(prepared, write):
    write("Ada\tB-PER\nada\tO\nzoo\tO\nBOB\tB-PER\n", "train.conll")
    ready = prepared("data.dev=train.conll", "features.min_count=2")
    assert keys(ready, "suffix2") == ["da"]
    assert keys(ready, "shape") == ["aa"]
    assert sorted(keys(ready, "word")) == ["ada", "bob", "zoo"]
    assert sorted(keys(ready, "caps")) == ["lower", "title", "upper"]
    assert sorted(keys(prepared("data.dev=train.conll", "features.min_count=1"), "suffix2")) == [
        "da",
        "ob",
        "oo",
    ]


def test_words_of_the_development_data_have_no_row_without_vectors(prepared, write):
    write("Zanzibar\tB-LOC\n", "dev.conll")
    assert "zanzibar" not in keys(prepared(), "word")


def test_tables_begin_with_small_random_numbers(prepared):
    ready = prepared("features.word.dimension=400", "features.word.pretrain=false")
    table = ready.ensemble[0].parameters["L.word"]
    assert abs(table.mean()) < 0.01
    assert table.std() == pytest.approx(0.1, rel=0.05)
    assert ready.coverage is None


# Vectors


GLOVE = """\
the 1 0.5 0
. -2.5 1e-1 3
met 1 1 1
zanzibar 5 6 7
lagos 7 6 5
unused 9 9 9
"""


def test_words_without_vectors_are_pretrained_on_the_training_text(prepared):
    ready, drawn = prepared(), prepared("features.word.pretrain=false")
    sentences = [[word.lower() for word in sentence.words] for sentence in ready.corpora.train.sentences]
    expected = cooccurrence_vectors(sentences, 8, np.random.default_rng(1))
    for word, vector in zip(expected.words, expected.matrix, strict=True):
        np.testing.assert_allclose(row(ready, word), vector, atol=1e-4)
        assert not np.allclose(row(drawn, word), vector, atol=1e-2)
    assert ready.coverage is None
    assert not len(ready.tables.pretrained)
    assert ready.file_rows == []


def test_vectors_are_pretrained_on_the_training_data_alone(prepared, write):
    before = prepared("model.ensemble=2")
    write("the\tO\nPeking\tB-LOC\n\nin\tO\nPeking\tB-LOC\n", "dev.conll")
    ready = prepared("model.ensemble=2")
    assert np.array_equal(row(ready, "the"), row(before, "the"))
    assert 0 < np.abs(row(ready, "Peking")).max() < 1  # random


def test_read_vectors_are_not_replaced_by_pretraining(with_vectors):
    first, second = with_vectors(), with_vectors("features.word.pretrain=false")
    assert np.array_equal(first.ensemble[0].parameters["L.word"], second.ensemble[0].parameters["L.word"])


@pytest.fixture
def with_vectors(prepared, write):
    """Prepare with the vectors of GLOVE; zanzibar occurs in dev and lagos in test only."""
    write(GLOVE, "glove.txt")
    write("Zanzibar\tB-LOC\n", "dev.conll")
    write("Lagos\tB-LOC\n", "test.conll")
    return lambda *settings: prepared(
        "features.word.vectors=glove.txt", "features.word.most_frequent=0", "data.test=test.conll", *settings
    )


def test_vectors_of_needed_words_arrive_in_the_table(with_vectors):
    ready = with_vectors()
    for word, vector in {"the": [1, 0.5, 0], ".": [-2.5, 0.1, 3], "met": [1, 1, 1]}.items():
        assert row(ready, word).tolist() == np.float32(vector).tolist()
    assert row(ready, "zanzibar").tolist() == rounded([5, 6, 7])
    assert row(ready, "lagos").tolist() == rounded([7, 6, 5])


def test_only_words_of_the_training_data_are_trained(with_vectors):
    ready = with_vectors("model.ensemble=2", "training.train_on_dev=false")
    assert ready.tables.pretrained.words.tolist() == [b"lagos", b"zanzibar"]
    first, second = ready.ensemble
    assert first.quantized["word"] is second.quantized["word"]
    for scorer in ready.ensemble:
        assert scorer.parameters["L.word"].shape == (len(keys(ready, "word")) + 2, 3)


def test_the_unknown_word_begins_at_0(with_vectors):
    assert row(with_vectors(), "never seen").tolist() == [0, 0, 0]
    whitened = with_vectors("features.word.preprocess=[center, whiten]")
    assert not whitened.ensemble[0].parameters["L.word"][UNKNOWN].any()


def test_words_that_nobody_needs_are_left_out_of_the_table(with_vectors):
    assert row(with_vectors(), "unused").tolist() == [0, 0, 0]
    assert row(with_vectors("features.word.most_frequent=6"), "unused").tolist() == rounded([9, 9, 9])


def test_training_words_without_a_vector_begin_with_small_random_numbers(with_vectors):
    ready = with_vectors()
    assert "paris" in keys(ready, "word")
    assert 0 < np.abs(row(ready, "paris")).max() < 1


def test_the_coverage_is_of_the_training_words(with_vectors):
    counts = Counter(word.lower() for each in sentences_of("train.conll") for word in each.words)
    covered = ["the", ".", "met"]
    assert with_vectors().coverage == Coverage(
        len(covered) / len(counts), sum(counts[word] for word in covered) / counts.total(), 0.0
    )


def test_the_coverage_of_entity_tokens_is_that_of_tokens_with_a_label(prepared, write):
    write("Ann\tB-PER\nLee\tI-PER\nmet\tO\nANN\tB-PER\nin\tO\n", "train.conll")
    write("ann 1 2\nmet 1 2\nin 3 4\n", "glove.txt")
    coverage = prepared("data.dev=train.conll", "features.word.vectors=glove.txt").coverage
    assert coverage == Coverage(3 / 4, 4 / 5, 2 / 3)


CASED = "the 1 0\nThe 2 0\nApple 3 0\napple 4 0\nparis 5 0\nUSA 6 0\n\u201cof\u201d 7 0\n2000 8 0\n"


def test_a_cased_vector_file_is_asked_for_the_form_and_then_for_its_lower_case(prepared, write):
    write("The\tO\nApple\tB-ORG\napple\tO\nParis\tB-LOC\nAPPLE\tB-ORG\nxx\tO\n", "train.conll")
    write(CASED, "cased.txt")
    settings = ("data.dev=train.conll", "features.word.vectors=cased.txt", "features.word.most_frequent=99")
    ready = prepared(*settings)
    assert set(keys(ready, "word")) == {"The", "Apple", "apple", "paris", "xx"}
    for form, number in [("The", 2), ("the", 1), ("THE", 1), ("Apple", 3), ("APPLE", 4), ("PARIS", 5)]:
        assert row(ready, form)[0] == pytest.approx(number, abs=0.05), form
    for form, number in [("USA", 6), ("2000", 8)]:  # not seen in training
        assert row(ready, form)[0] == pytest.approx(number, abs=0.05), form
    assert row(ready, "usa").tolist() == [0, 0]
    assert ready.tables.pretrained.words.tolist() == [b"2000", b"USA", b"the"]  # not what cannot be reached
    assert ready.coverage == Coverage(4 / 5, 5 / 6, 1.0)


def test_a_lower_cased_vector_file_makes_a_lower_cased_table(with_vectors):
    assert all(key == key.lower() for key in keys(with_vectors(), "word"))


def test_vectors_that_cover_almost_nothing_are_refused(with_vectors, write):
    write("zwei 1 2\n", "glove.txt")
    assert error(with_vectors) == (
        "glove.txt: has vectors for 0.0% of the training tokens only (words are looked up as they are, "
        "then in lower case); are these vectors of the corpus's language?"
    )


def test_vectors_that_cover_little_are_not_refused(prepared, write):
    """What counts is the share of the tokens, not that of the distinct words."""
    words = [f"w{i}" for i in range(45)]
    write("".join(f"{word}\tB-PER\n" for word in [*words, *["the"] * 5]), "train.conll")
    write("the 1 2\n", "glove.txt")
    settings = ("data.dev=train.conll", "features.word.vectors=glove.txt")
    assert prepared(*settings).coverage == Coverage(1 / 46, 0.1, 0.1)
    write("".join(f"{word}\tB-PER\n" for word in ["the", *["name"] * 49]), "train.conll")
    assert "has vectors for 2.0% of the training tokens only" in error(prepared, *settings)


@pytest.fixture
def preprocessed(with_vectors, write):
    """Vectors of all training words as they were and after preprocessing, with the words' counts."""
    counts = Counter(word.lower() for each in sentences_of("train.conll") for word in each.words)
    X = np.random.default_rng(5).normal([1, 2, 3], [1, 2, 3], (len(counts), 3))
    X[:, 1] += X[:, 0]  # so that two dimensions are correlated
    lines = [f"{word} {' '.join(map(str, x))}" for word, x in zip(counts, X, strict=True)]
    write("\n".join(["zanzibar 100 100 100", *lines]), "glove.txt")

    def run(*steps):
        ready = with_vectors(f"features.word.preprocess=[{', '.join(steps)}]")
        return X, np.array([row(ready, word) for word in counts]), np.array(list(counts.values())), ready

    return run


@pytest.mark.parametrize("rescaling", [None, "normalize", "whiten"])
def test_preprocessing_is_fitted_to_the_training_tokens(preprocessed, rescaling):
    before, after, counts, _ = preprocessed("center", *[rescaling] * (rescaling is not None))
    covariance = np.cov(after.T, fweights=counts, ddof=0)
    np.testing.assert_allclose(np.average(after, axis=0, weights=counts), 0, atol=1e-5)
    expected = {
        None: np.cov(before.T, fweights=counts, ddof=0),
        "normalize": np.corrcoef(np.repeat(before, counts, axis=0).T),
        "whiten": np.eye(3),
    }
    np.testing.assert_allclose(covariance, expected[rescaling], atol=1e-4)


def test_pretrained_vectors_are_preprocessed_too(prepared):
    counts = Counter(word.lower() for each in sentences_of("train.conll") for word in each.words)
    words = [word for word, count in counts.items() if count > 1]
    weights = [counts[word] for word in words]
    plain = prepared("features.word.dimension=3")
    whitened = prepared("features.word.dimension=3", "features.word.preprocess=[center, whiten]")
    before, after = (np.array([row(ready, word) for word in words]) for ready in (plain, whitened))
    np.testing.assert_allclose(np.average(after, axis=0, weights=weights), 0, atol=1e-5)
    np.testing.assert_allclose(np.cov(after.T, fweights=weights, ddof=0), np.eye(3), atol=1e-4)
    assert np.abs(np.average(before, axis=0, weights=weights)).max() > 0.01
    assert not row(whitened, "never seen").any()
    assert whitened.file_rows == []
    assert whitened.coverage is None


def test_pretrained_vectors_are_preprocessed_by_the_training_data_alone(prepared, write):
    settings = ("model.ensemble=2", "features.word.preprocess=[center]")
    before = prepared(*settings)
    write("the\tO\nPeking\tB-LOC\n\nthe\tO\nPeking\tB-LOC\n", "dev.conll")
    assert np.array_equal(row(prepared(*settings), "the"), row(before, "the"))


def test_training_words_that_all_occur_once_have_no_vector_to_preprocess(prepared, write):
    write("Ada\tB-PER\nsings\tO\n", "train.conll")
    settings = ("data.dev=train.conll", "features.word.preprocess=[center, normalize, whiten]")
    assert 0 < np.abs(row(prepared(*settings), "ada")).max() < 1


def test_words_outside_the_training_data_are_preprocessed_alike(preprocessed):
    before, _, counts, ready = preprocessed("center", "normalize")
    mean = np.average(before, axis=0, weights=counts)
    deviation = np.sqrt(np.average((before - mean) ** 2, axis=0, weights=counts))
    assert row(ready, "zanzibar") == rounded((100 - mean) / deviation)


def test_without_preprocessing_vectors_stay_as_they_are(preprocessed):
    before, after, _, _ = preprocessed()
    assert np.array_equal(after, before.astype(np.float32))


# The scorer


def shapes(prepared):
    parameters = prepared.ensemble[0].parameters
    return {name: array.shape for name, array in parameters.items() if not name.startswith("L.")}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("model.hidden=[10]", {"W1": (10, 45), "b1": (10,), "U": (10, 8)}),
        ("model.hidden=[]", {"U": (45, 8)}),
        (
            "model.hidden=[5, 4, 3]",
            {"W1": (5, 45), "b1": (5,), "W2": (4, 5), "b2": (4,), "W3": (3, 4), "b3": (3,), "U": (3, 8)},
        ),
        ("window.size=0", {"W1": (10, 15), "b1": (10,), "U": (10, 8)}),
        ("window.combine=mean", {"W1": (10, 15), "b1": (10,), "U": (10, 8)}),
        ("labels.scheme=IO", {"W1": (10, 45), "b1": (10,), "U": (10, 2)}),
        ("labels.scheme=BIO", {"W1": (10, 45), "b1": (10,), "U": (10, 4)}),
    ],
)
def test_layers_have_the_sizes_of_the_configuration(prepared, setting, expected):
    assert shapes(prepared("loss=max_margin", setting)) == expected


@pytest.mark.parametrize("loss", LOSSES)
def test_only_losses_that_classify_score_outside(prepared, loss):
    found = shapes(prepared(f"loss={loss}"))
    if not LOSSES[loss]().bias:
        assert found["U"] == (10, 8)
        assert "c" not in found
    else:
        assert found["U"] == (10, 9)
        assert found["c"] == (9,)


def test_parameters_are_32_bit_numbers_and_biases_begin_at_0(prepared):
    parameters = prepared("loss=cross_entropy", "model.hidden=[5, 4]").ensemble[0].parameters
    assert {array.dtype for array in parameters.values()} == {np.dtype(np.float32)}
    assert not any(parameters[name].any() for name in ("b1", "b2", "c"))
    assert all(parameters[name].any() for name in ("W1", "W2", "U", "L.word", "L.caps"))


@pytest.mark.parametrize(("train", "frozen"), [("true", frozenset()), ("false", frozenset({"word"}))])
def test_the_word_table_is_frozen_if_it_is_not_to_be_trained(prepared, train, frozen):
    assert prepared(f"features.word.train={train}").ensemble[0].frozen == frozen


def test_the_scorer_is_of_the_configuration(prepared, small):
    settings = ("model.activation={name: leaky_relu, k: 0.3}", "window.combine=mean")
    scorer = prepared(*settings).ensemble[0]
    assert scorer.activation == small(*settings).model.activation
    assert scorer.combine == "mean"
    assert scorer.tables == ("word", "caps", "shape", "suffix2")


def test_the_initializer_draws_the_weights(prepared):
    xavier = prepared("model.initializer=xavier", "model.hidden=[300]").ensemble[0].parameters["W1"]
    assert np.abs(xavier).max() <= np.sqrt(6 / (300 + 45))  # eq. 65
    assert np.abs(xavier).max() > 0.95 * np.sqrt(6 / (300 + 45))


@pytest.mark.parametrize("batches", BATCHES)
def test_the_random_numbers_decide_all_parameters(prepared, batches):
    first, same, other = (
        prepared(f"training.batches={batches}", "structured_hinge.weight=0", seed=seed).ensemble[0].parameters
        for seed in (1, 1, 2)
    )
    for name, array in first.items():
        assert np.array_equal(array, same[name])
        assert name == "b1" or not np.array_equal(array, other[name])
