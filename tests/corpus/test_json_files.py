"""JSON and JSON lines of annotation tools."""

import json

import pytest

from tests.corpus.reading import error, read
from wincls.corpus.formats import read_files, recognize

TEXT = "Ann Lee left for Paris. She ran."
EXPECTED = [("Ann Lee left for Paris .", [("Ann Lee", "PER"), ("Paris", "LOC")]), ("She ran .", [])]
TRIPLES = [[17, 22, "LOC"], [0, 7, "PER"]]
OBJECTS = [{"start": start, "end": end, "label": label} for start, end, label in TRIPLES]


def label_studio(*annotations, text=TEXT, **more):
    return {"id": 3, "data": {"text": text, "source": "x"}, "annotations": list(annotations), **more}


def annotation(spans=TRIPLES, text=TEXT, **more):
    results = [
        {
            "type": "labels",
            "from_name": "label",
            "value": {"start": start, "end": end, "text": text[start:end], "labels": [label]},
        }
        for start, end, label in spans
    ]
    return {"result": [*results, {"type": "choices", "value": {"choices": ["news"]}}], **more}


LAYOUTS = {
    "prodigy": {
        "text": TEXT,
        "tokens": [{"text": "Ann", "start": 0, "end": 3, "id": 0}],
        "spans": [{**each, "token_start": 0, "token_end": 1} for each in OBJECTS],
        "answer": "accept",
    },
    "doccano text": {"id": 1, "text": TEXT, "label": TRIPLES, "Comments": []},
    "doccano data": {"id": 1, "data": TEXT, "label": TRIPLES},
    "doccano labels": {"text": TEXT, "labels": TRIPLES},
    "doccano relations": {
        "text": TEXT,
        "entities": [
            {"id": 4, "label": label, "start_offset": start, "end_offset": end}
            for start, end, label in TRIPLES
        ],
        "relations": [],
    },
    "an object of lists": {"text": TEXT, "entities": {"LOC": [[17, 22]], "PER": [[0, 7]], "ORG": []}},
    "an object of objects": {
        "text": TEXT,
        "label": {"LOC": {"Paris": [[17, 22]]}, "PER": {"Ann Lee": [[0, 7]]}},
    },
    "an object of lists with texts": {
        "text": TEXT,
        "spans": {"LOC": [[17, 22, "Paris"]], "PER": [{"start": 0, "end": 7, "text": "Ann Lee"}]},
    },
    "stockmark": {
        "curid": "3",
        "text": TEXT,
        "entities": [
            {"name": TEXT[start:end], "span": [start, end], "type": label, "type_id": "1"}
            for start, end, label in TRIPLES
        ],
    },
    "offsets": {
        "text": TEXT,
        "entities": [
            {"mention": TEXT[start:end], "offsets": [[start, end]], "type": label}
            for start, end, label in TRIPLES
        ],
    },
    "position": {
        "text": TEXT,
        "entities": [
            {"surface": TEXT[start:end], "position": [start, end], "label": label}
            for start, end, label in TRIPLES
        ],
    },
    "pipelines of transformers": {
        "text": TEXT,
        "entities": [
            {"word": TEXT[start:end], "start": start, "end": end, "entity_group": label, "score": 0.9}
            for start, end, label in TRIPLES
        ],
    },
    "rasa": {
        "text": TEXT,
        "intent": "x",
        "entities": [
            {"start": start, "end": end, "value": TEXT[start:end], "entity": label}
            for start, end, label in TRIPLES
        ],
    },
    **{
        f"text in {key}": {key: TEXT, "label": TRIPLES, "documents": []}
        for key in ("sentence", "content", "document", "raw")
    },
    "text beside a document": {"raw": TEXT, "document": "d1", "label": TRIPLES},
    "spacy": [TEXT, {"entities": TRIPLES}],
    "label studio": label_studio(annotation()),
    "pubannotation": {
        "sourcedb": "PMC",
        "text": TEXT,
        "denotations": [
            {"id": "T1", "span": {"begin": start, "end": end}, "obj": label} for start, end, label in TRIPLES
        ],
    },
    "gate": {"text": TEXT, "entities": {"LOC": [{"indices": [17, 22]}], "PER": [{"indices": [0, 7]}]}},
    **{
        f"offsets in {start} and {end}": {
            "originalText": TEXT,
            "entities": [{"label_type": label, start: a, end: b} for a, b, label in TRIPLES],
        }
        for start, end in (
            ("start_pos", "end_pos"),
            ("startOffset", "endOffset"),
            ("begin", "end"),
            ("start_char", "end_char"),
        )
    },
    "text with ner": {"text": TEXT, "ner": TRIPLES},
    "lighttag": {
        "example_id": "x",
        "content": TEXT,
        "annotations": [
            {"start": start, "end": end, "tag": label, "value": TEXT[start:end]}
            for start, end, label in TRIPLES
        ],
    },
    "label studio min": {
        "id": 1,
        "text": TEXT,
        "label": [{**each, "labels": [each["label"]], "label": None} for each in OBJECTS],
        "annotator": 1,
    },
}


@pytest.mark.parametrize("record", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_is_read_as_lines_and_as_a_list(write, record):
    other = record
    line = json.dumps(record)
    for text, name in [
        (f"{line}\n", "jsonl"),
        (f"{line}\n\n{json.dumps(other)}", "jsonl"),
        (json.dumps([record]), "json"),
        (json.dumps([record, other], indent=2), "json"),
    ]:
        path = write(text)
        assert recognize(str(path)) == name
        sentences, notes = read(path)
        assert sentences in (EXPECTED, EXPECTED * 2)
        assert notes == ""


def test_an_entity_beside_a_type_may_be_an_identifier(write):
    spans = [{"start": start, "end": end, "type": label, "entity": "Q42"} for start, end, label in TRIPLES]
    assert read(write(json.dumps([{"text": TEXT, "entities": spans}]))) == (EXPECTED, "")


def test_cmeee_has_inclusive_ends_and_texts_as_entity(write):
    spans = [
        {"start_idx": start, "end_idx": end - 1, "type": label, "entity": TEXT[start:end]}
        for start, end, label in TRIPLES
    ]
    path = write(json.dumps([{"text": TEXT, "entities": spans}]), "a.json")
    assert read(path) == (
        EXPECTED,
        "2 x span whose end is inclusive, as the texts of the spans show (first: a.json:1)",
    )


def test_a_text_that_label_studio_has_without_labels_has_no_entity(write):
    path = write(json.dumps([{"text": "So he left.", "annotation_id": 3, "annotator": 1}]))
    assert read(path) == ([("So he left .", [])], "")


def test_the_training_data_of_spacy_2_has_sentences_of_tokens_in_paragraphs(write):
    def sentence(*tokens):
        return {"tokens": [{"id": 0, "orth": word, "tag": "X", "ner": tag} for word, tag in tokens]}

    one = sentence(("Ann", "B-PER"), ("Lee", "L-PER"), ("left", "O"))
    two = sentence(("Rome", "U-LOC"), ("is", "O"))
    path = write(json.dumps([{"id": 0, "paragraphs": [{"raw": "x", "sentences": [one, two]}]}] * 2))
    sentences, notes = read(path)
    assert sentences == [("Ann Lee left", [("Ann Lee", "PER")]), ("Rome is", [("Rome", "LOC")])] * 2
    assert notes == ""


def test_dataturks_has_points_with_inclusive_ends(write):
    spans = [
        {"label": [label], "points": [{"start": start, "end": end - 1, "text": TEXT[start:end]}]}
        for start, end, label in TRIPLES
    ]
    path = write(json.dumps({"content": TEXT, "annotation": spans, "extras": None}), "a.json")
    assert read(path) == (
        EXPECTED,
        "2 x span whose end is inclusive, as the texts of the spans show (first: a.json:1)",
    )


WORDS = ["Ann", "Lee", "left", "Paris"]


@pytest.mark.parametrize(
    "record",
    [
        {"tokenized_text": WORDS, "ner": [[3, 3, "LOC"], [0, 1, "PER"]]},
        {
            "tokens": WORDS,
            "entities": [{"type": "PER", "start": 0, "end": 2}, {"type": "LOC", "start": 3, "end": 4}],
            "relations": [],
        },
        {"tokens": WORDS, "ner_tags": ["B-PER", "I-PER", "O", "B-LOC"], "spans": []},
        {"tokens": WORDS, "entities": ["B-PER", "I-PER", "O", "B-LOC"], "id": 3},
    ],
)
def test_words_may_have_spans_of_words(write, record):
    path = write(f"{json.dumps(record)}\n" * 2)
    assert read(path) == ([("Ann Lee left Paris", [("Ann Lee", "PER"), ("Paris", "LOC")])] * 2, "")


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        (
            [[3, 4, "X"]],
            "[3, 4, 'X'] is no span of the 4 words; a list has the first and the last word, from 0",
        ),
        ([[2, 1, "X"]], "[2, 1, 'X'] is no span of the 4 words; "),
        (
            [{"start": 3, "end": 5, "label": "X"}],
            "{'start': 3, 'end': 5, 'label': 'X'} is no span of the 4 w",
        ),
        ([[0, 1, "X"], [1, 2, "Y"]], "[1, 2, 'Y'] overlaps another span; a token has one type"),
        ([["0", 1, "X"]], "['0', 1, 'X'] is no span; a span is [start, end, label]"),
    ],
)
def test_spans_of_words_that_cannot_be_are_errors(write, spans, message):
    path = write(json.dumps({"tokens": WORDS, "ner": spans}), "a.jsonl")
    assert error(path).startswith(f"a.jsonl:1: {message}")


def test_the_training_data_of_rasa_is_read_in_its_object(write):
    examples = {"common_examples": [{"text": TEXT, "entities": OBJECTS}], "lookup_tables": []}
    assert read(write(json.dumps({"rasa_nlu_data": examples}))) == (EXPECTED, "")


def test_a_list_of_records_in_an_object_is_read(write):
    path = write(json.dumps({"classes": ["PER"], "annotations": [None, [TEXT, {"entities": TRIPLES}]]}))
    assert read(path) == (EXPECTED, "")


def test_lines_of_records_in_a_list_are_known(write):
    path = write(
        '[\n {"text": "Ann",\n  "label": []},\n\n {"text": "Bob", "label": [[0, 9, "X"]]}]', "a.json"
    )
    assert error(path).startswith("a.json:5: span 0 to 9 (X) is not in the text, which has 3 characters")
    path = write('[\n {"text": "Ann", "label": []},\n {"text": "Bob" "label": []}]', "a.json")
    assert error(path) == "a.json:3: not valid JSON (Expecting ',' delimiter, column 17)"


def test_rejected_and_ignored_texts_are_skipped_and_counted(write):
    records = [{"text": TEXT, "spans": OBJECTS, "answer": each} for each in ("reject", "accept", "ignore")]
    path = write("\n".join(map(json.dumps, records)), "a.jsonl")
    assert read(path) == (
        EXPECTED,
        "2 x text whose answer is reject or ignore skipped (first: a.jsonl:1)",
    )


def test_canceled_and_further_annotations_of_label_studio_are_skipped_and_counted(write):
    tasks = [
        label_studio(annotation([], was_cancelled=True), annotation(), annotation([])),
        label_studio(),
        label_studio(annotation([[0, 3, "X"]], was_cancelled=True)),
    ]
    path = write(json.dumps(tasks), "a.json")
    assert read(path) == (
        EXPECTED,
        "2 x canceled annotation skipped (first: a.json:1); "
        "1 x annotation after the first one of a text skipped (first: a.json:1); "
        "2 x text without annotation skipped (first: a.json:1)",
    )


def test_texts_that_were_not_annotated_are_no_texts_without_entities(write):
    path = write('{"text": "Ann left"}\n{"text": "Bob", "label": []}\n', "a.jsonl")
    assert read(path) == ([("Bob", [])], "1 x text without annotation skipped (first: a.jsonl:1)")


def test_lines_of_predict_are_sentences_and_those_of_a_file_one_document(write):
    lines = [
        {"text": text, "spans": spans, "meta": {"file": file, "start": 0}}
        for text, spans, file in [
            ("Mr. Ann. Lee", [{"label": "PER", "start": 4, "end": 7, "text": "Ann", "score": 0.9}], "a.txt"),
            ("x", [], "a.txt"),
            ("y", [], "b.txt"),
        ]
    ]
    corpus = read_files(str(write("\n".join(map(json.dumps, lines)))))
    assert [(each.words, each.starts_document) for each in corpus.sentences] == [
        (["Mr.", "Ann", ".", "Lee"], True),
        (["x"], False),
        (["y"], True),
    ]


def test_every_other_text_is_a_document(write):
    path = write('{"text": "A x. B y.", "label": []}\n{"text": "C z.", "label": []}\n')
    assert [each.starts_document for each in read_files(str(path)).sentences] == [True, False, True]


@pytest.mark.parametrize("keys", [("tokens", "ner_tags"), ("tokens", "tags"), ("words", "labels")])
def test_words_with_tags_are_read_as_columns_are(write, keys):
    records = [
        dict(zip(keys, (words.split(), tags.split()), strict=True))
        for words, tags in (("Ann Lee left", "B-PER I-PER O"), ("So", "O"))
    ]
    path = write("\n".join(map(json.dumps, records)))
    assert read(path) == ([("Ann Lee left", [("Ann Lee", "PER")]), ("So", [])], "")
    assert read_files(str(path)).sentences[1].lines == [2]


def test_numbers_are_the_tags_that_they_stand_for(write):
    names = ("O", "B-PER", "I-PER")
    path = write('{"tokens": ["Ann", "Lee", "left"], "ner_tags": [1, 2, 0]}\n', "a.jsonl")
    assert read(path, tag_names=names) == ([("Ann Lee left", [("Ann Lee", "PER")])], "")
    columns = write("Ann 1\nLee 2\nleft 0\n\nBob B-PER\n", "a.conll")
    assert read(columns, tag_names=names)[0][1] == ("Bob", [("Bob", "PER")])
    assert error(path, tag_names=names[:2]) == (
        "a.jsonl:1: tag 2 has no name; data.tag_names has 2, for 0 to 1"
    )


MIXED = "2: texts with spans and words with tags are mixed"
TOKENS = '{"tokens": ["a", "b"], "ner_tags": '


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TOKENS + "[0, 3]}", "1: unknown tag '0'; numbers of classes need names; set data.tag_names to"),
        (TOKENS + '["O"]}', "1: 2 tokens, but 1 ner_tags; give each word one tag"),
        (TOKENS + '["O", null]}', "1: ner_tags has a value that is no string"),
        (TOKENS + '["O", "I-X"]}\n' + TOKENS + '["O", "Q-X"]}', "2: unknown tag 'Q-X'"),
        ('{"text": "a"', "1: not valid JSON (Expecting ',' delimiter, column 13); write one JSON object"),
        ('{"a": 1}', "1: a record with keys a; known are the layouts of Hugging Face datasets"),
        ("\n3", "2: a record with no object; known are"),
        ('{"text": "Ann", "label": ["PER"]}', "1: 'PER' is no span; a span is [start, end, label]"),
        ('{"text": "Ann", "label": {"a": 1}}', "1: spans are {'a': 1}; allowed is a list of spans"),
        ('{"text": "Ann", "label": [[0, 3, 7]]}', "1: [0, 3, 7] is no span"),
        ('{"text": "Ann", "label": [[true, 3, "X"]]}', "1: [True, 3, 'X'] is no span"),
        ('{"text": "Ann", "label": [[0, 3, " "]]}', "1: the span at 0 has the type ''"),
        (
            '{"text": "Ann", "label": [{"start": 0, "end": 3, "labels": ["A", "B"]}]}',
            "1: the span at 0 has the types A, B; a token has one type",
        ),
        ('{"data": {"a": "x", "b": "y"}, "annotations": [{"result": []}]}', "1: no text in data, which has"),
        ('{"text": "Ann", "label": {"A": {"Ann": 3}}}', "1: spans are 3; allowed is a list of spans, or an"),
        ('{"text": "Ann", "label": {"A": ["Ann"]}}', "1: 'Ann' is no span; a span is [start, end] or an"),
        ('{"text": "Ann", "label": {"A": [0, 3]}}', "1: 0 is no span"),
        ('{"text": "Ann", "label": {" ": [[0, 3]]}}', "1: the span at 0 has the type ''"),
        ('{"text": "Ann", "label": [{"span": [0], "type": "A"}]}', "1: {'span': [0], 'type': 'A'} is no "),
        ('{"text": "Ann", "label": [{"span": [[]], "type": "A"}]}', "1: {'span': [[]], 'type': 'A'} is no "),
        ('{"text": "Ann", "label": {"A": [[1, 1]]}}', "1: span 1 to 1 (A) is empty"),
        (TOKENS + '["O", "O"]}\n{"text": "Ann", "label": []}', MIXED),
        ('{"text": "Ann", "label": []}\n' + TOKENS + '["O", "O"]}', MIXED),
        ("[" * 5000, "1: not valid JSON"),
        ('{"text": "a", "label": [[' + "9" * 5000 + ', 3, "X"]]}', "1: not valid JSON (Exceeds the limit"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error_with_its_place(write, text, message):
    assert error(write(text, "a.jsonl"), "jsonl").startswith(f"a.jsonl:{message}")


def test_what_is_no_character_is_replaced_and_counted(write):
    path = write('{"text": "a\\ud800 \\u0000b", "label": [[0, 2, "X"]]}', "a.jsonl")
    assert read(path) == (
        [("a \ufffd \ufffd b", [("a \ufffd", "X")])],
        "1 x NUL or half a surrogate pair read as U+FFFD (first: a.jsonl:1)",
    )


def cluener(*texts):
    """Lines in the layout of CLUENER."""
    return "".join(
        json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in texts
    )


BANK = ("浙商银行的叶老桂", {"name": {"叶老桂": [[5, 7]]}, "company": {"浙商银行": [[0, 3]]}})
INCLUSIVE = "span whose end is inclusive, as the texts of the spans show"


def labels(corpus):
    return [
        ("".join(sentence.words[entity.start : entity.end]), entity.label)
        for sentence in corpus.sentences
        for entity in sentence.entities
    ]


def test_ends_are_inclusive_where_the_texts_of_the_spans_say_so(write):
    path = write(cluener(BANK, ("叶", {"name": {"叶": [[0, 0]]}}), ("没有", {})), "a.jsonl")
    corpus = read_files(str(path))
    assert labels(corpus) == [("浙商银行", "company"), ("叶老桂", "name"), ("叶", "name")]
    assert read(path)[1] == f"3 x {INCLUSIVE} (first: a.jsonl:1)"
    assert error(path, strict=True).startswith(f"a.jsonl:1: {INCLUSIVE}; fix it, or set data.strict")


def test_inclusive_ends_hold_for_the_spans_of_the_file_without_a_text(write):
    records = [
        {"text": TEXT, "entities": [{"span": [0, 6], "type": "PER", "name": "Ann Lee"}, [17, 21, "LOC"]]},
        {"text": TEXT, "entities": [[0, 6, "PER"], [17, 21, "LOC"]]},
    ]
    path = write("\n".join(map(json.dumps, records)), "a.jsonl")
    assert read(path) == (EXPECTED * 2, f"4 x {INCLUSIVE} (first: a.jsonl:1)")


def test_a_text_in_a_list_of_a_type_decides_too(write):
    path = write(cluener(("Ann left", {"PER": [[0, 2, "Ann"]]})), "a.jsonl")
    assert read(path) == ([("Ann left", [("Ann", "PER")])], f"1 x {INCLUSIVE} (first: a.jsonl:1)")


def test_inclusive_ends_are_found_beside_offsets_in_other_units(write):
    record = {"text": "😀 Ann left", "entities": [{"span": [3, 5], "type": "PER", "name": "Ann"}]}
    path = write("\n".join(map(json.dumps, [record, {**record, "text": "Bo Ann"}])), "a.jsonl")
    assert labels(read_files(str(path))) == [("Ann", "PER")] * 2
    assert "text whose offsets count UTF-16 code units" in read(path)[1]


def test_a_space_after_a_span_leaves_its_end_exclusive(write):
    path = write(cluener(("Ann left", {"PER": {"Ann": [[0, 3]]}})), "a.jsonl")
    assert read(path) == ([("Ann left", [("Ann", "PER")])], "")


def test_a_text_that_is_at_neither_end_is_left_out_and_counted(write):
    wrong = ("浙商银行的叶老桂", {"name": {"老桂": [[5, 7]]}})
    corpus = read_files(str(write(cluener(BANK, wrong), "a.jsonl")))
    assert labels(corpus) == [("浙商银行", "company"), ("叶老桂", "name")]
    assert [(note.what, note.times) for note in corpus.notes] == [
        (INCLUSIVE, 3),
        ("span whose text is not at its offsets left out", 1),
    ]


def test_ends_stay_exclusive_if_as_many_spans_say_so(write):
    odd = {"PER": {"Ann": [[0, 3]], "Bob": [[8, 10]]}}
    sentences, notes = read(write(cluener(("Ann and Bob", odd)), "a.jsonl"))
    assert sentences == [("Ann and Bob", [("Ann", "PER")])]
    assert notes.startswith("1 x span whose text is not at its offsets left out (first: a.jsonl:1, PER at ch")


def test_spans_of_several_parts_are_skipped_and_counted(write):
    record = {"text": TEXT, "entities": [{"offsets": [[0, 3], [4, 7]], "type": "X"}, *TRIPLES]}
    path = write(json.dumps(record) + "\n", "a.jsonl")
    assert read(path) == (EXPECTED, "1 x discontinuous span skipped (first: a.jsonl:1)")


def test_ideographs_are_tokens_since_spans_end_within_runs_of_them(write):
    path = write(cluener(BANK, ("没有iPad 9。好", {})))
    assert [each.words for each in read_files(str(path)).sentences] == [
        [*BANK[0]], ["没", "有", "iPad", "9", "。"], ["好"],
    ]  # fmt: skip
    path = write(cluener(("生生不息CSOL生化狂潮", {"game": {"CSOL": [[4, 7]]}})))
    assert labels(read_files(str(path))) == [("CSOL", "game")]


def test_a_token_of_white_space_inside_an_entity_does_not_end_it(write):
    record = {"tokens": ["박", " ", "은", " ", "이"], "ner_tags": ["B-PS", "I-PS", "I-PS", "O", "O"]}
    assert read(write(json.dumps(record), "a.jsonl")) == (
        [("박 은 이", [("박 은", "PS")])],
        "1 x row without a word inside an entity skipped (first: a.jsonl:1); "
        "1 x row without a word skipped (first: a.jsonl:1)",
    )
