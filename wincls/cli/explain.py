"""``wincls explain``"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click

from wincls.cli.streams import say_report
from wincls.corpus.sentences import split_sentences
from wincls.corpus.text import cut_pieces, read_text
from wincls.corpus.tokenizer import Tokenizer
from wincls.errors import ConfigError, DataError, ModelError, nearest
from wincls.files import source
from wincls.reports.explanation import NOTES, explanation_record, explanation_text, rule_text
from wincls.reports.trace import trace_record, trace_text
from wincls.tagger.explain import explain, score_labels
from wincls.tagger.model_file import Model, load_model
from wincls.tagger.trace import Trace, trace

_NAMED = 20  # tokens of a text that an error names at most


class Options(NamedTuple):
    """What is asked for; see the command's help."""

    tokens: Sequence[str]
    label: str | None
    all_labels: bool
    as_json: bool
    corrupted: str | None
    rate: float | None
    margin: float | None


def _is_margin(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 <= value < math.inf:
        raise click.BadParameter(f"{value:g} is not a number of at least 0.", ctx, parameter)
    return value


def _is_rate(ctx: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise click.BadParameter(f"{value:g} is not a number above 0.", ctx, parameter)
    return value


@click.command("explain")
@click.argument("model", type=click.Path())
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--token",
    "-t",
    "tokens",
    multiple=True,
    metavar="N|WORD",
    help="Explain only this token, by its number from 1, or this word; can be repeated.",
)
@click.option("--label", help="Also show what contributes to this label, such as B-LOC.")
@click.option("--all-labels", is_flag=True, help="Show all scores and probabilities, not only five.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything.")
@click.option("--trace", "traced", is_flag=True, help="Work out one step of SGD on the max-margin loss.")
@click.option(
    "--corrupted",
    metavar="N|WORD",
    help="--trace: center of the corrupted window; the other token with the largest score if not given.",
)
@click.option(
    "--rate", type=float, callback=_is_rate, help="--trace: the learning rate; the model's if not given."
)
@click.option(
    "--margin", type=float, callback=_is_margin, help="--trace: Delta of the loss; the model's if not given."
)
def command(
    model: str,
    text: tuple[str, ...],
    tokens: tuple[str, ...],
    label: str | None,
    all_labels: bool,
    as_json: bool,
    traced: bool,
    corrupted: str | None,
    rate: float | None,
    margin: float | None,
) -> None:
    """Explain what a model makes of a text: its words, or standard input for -.

    Shows for each token its window, the exact contribution of each word and each feature to the score
    of the best label, the scores, the probabilities and the decision.

    With --trace, shows one training step of the network (of the first one of an ensemble) with all
    numbers: the window of --token against the window of --corrupted, for --label. Without these, the
    token with the largest score is compared with the next one.

    \b
    Examples:
      wincls explain runs/quickstart/model.npz museums in Paris are amazing
      wincls explain runs/quickstart/model.npz --token Paris --label B-LOC "museums in Paris"
      wincls explain runs/lecture/model.npz --trace --token Paris museums in Paris are amazing
    """
    for name, value in (("--corrupted", corrupted), ("--rate", rate), ("--margin", margin)):
        if value is not None and not traced:
            raise ConfigError(f"{name}: only with --trace")
    if traced and len(tokens) > 1:
        raise ConfigError(f"--token: found {len(tokens)}; --trace takes one, the center of the true window")
    options = Options(tokens, label, all_labels, as_json, corrupted, rate, margin)
    show = trace_step if traced else explain_text
    say_report(show(model, " ".join(text), options), as_json)


def explain_text(model_path: str, text: str, options: Options) -> str:
    """Explain the tokens of a text; "-" reads it from standard input."""
    tagger = load_model(model_path).tagger
    sentences = _sentences(text, tagger.tokenizer)
    labels, tags, tables = score_labels(tagger), tagger.tag_set.tags, tagger.tables.names
    _check_label(options.label, labels)
    words = [token for sentence in sentences for token in sentence]
    chosen = sorted({token for wanted in options.tokens for token in find_tokens(words, wanted, "--token")})
    firsts = [sum(map(len, sentences[:i])) for i in range(len(sentences))]
    explanations = explain(tagger, sentences, chosen if options.tokens else None)
    if options.as_json:
        records = [
            explanation_record(each, sentences[each.sentence], firsts[each.sentence], labels, tags, tables)
            for each in explanations
        ]
        record = {"model": model_path, "sentences": sentences, "labels": labels, "tokens": records}
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    blocks = [
        explanation_text(
            each, sentences[each.sentence], labels, tags, tables, options.label, options.all_labels
        )
        for each in explanations
    ]
    return "\n".join([*blocks, NOTES + rule_text(tagger.decision)])


def trace_step(model_path: str, text: str, options: Options) -> str:
    """Work out one step of SGD on a text; "-" reads it from standard input."""
    model = load_model(model_path)
    sentences = _sentences(text, model.tagger.tokenizer)
    _check_label(options.label, score_labels(model.tagger))
    step = _trace(model_path, model, sentences, options)
    if options.as_json:
        record = {"model": model_path, "sentences": sentences, **trace_record(step)}
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    return trace_text(step)


def find_tokens(tokens: Sequence[str], wanted: str, option: str) -> list[int]:
    """The indices of a token given by its number from 1, or of all occurrences of a word.

    Raises DataError if there is none; option: where it was given.
    """
    if wanted.isdecimal() and 1 <= int(wanted) <= len(tokens):
        return [int(wanted) - 1]
    found = [i for i, token in enumerate(tokens) if token == wanted]
    if found:
        return found
    named = [f"{i} {token}" for i, token in enumerate(tokens[:_NAMED], start=1)]
    rest = f", ... {len(tokens)} {tokens[-1]}" if len(tokens) > _NAMED else ""
    raise DataError(
        f"{option}: no token {wanted}; the tokens are {', '.join(named)}{rest}{nearest(wanted, tokens)}"
    )


def _trace(model_path: str, model: Model, sentences: list[list[str]], options: Options) -> Trace:
    words = [token for sentence in sentences for token in sentence]
    token = find_tokens(words, options.tokens[0], "--token")[0] if options.tokens else None
    corrupted = None
    if options.corrupted is not None:
        # Another occurrence of the word than the true window's, if there is one.
        found = find_tokens(words, options.corrupted, "--corrupted")
        corrupted = next((each for each in found if each != token), None)
        if corrupted is None and len(words) > 1:
            raise DataError(
                f"--corrupted: {options.corrupted} is the center of the true window; give another token"
            )
    loss, rate, frozen = _training_settings(model_path, model.config)
    if loss.get("name") != "max_margin":
        raise ConfigError(
            f"--trace: the model was trained with loss {loss.get('name')}; --trace shows max_margin only"
        )
    return trace(
        model.tagger,
        sentences,
        rate if options.rate is None else options.rate,
        float(loss.get("margin", 1.0)) if options.margin is None else options.margin,
        token,
        options.label,
        corrupted,
        frozen,
    )


def _training_settings(path: str, config: Mapping[str, Any]) -> tuple[Mapping[str, Any], float, list[str]]:
    """The loss, the learning rate and the frozen tables that a model was trained with."""
    try:
        frozen = [] if config["features"]["word"]["train"] else ["word"]
        return dict(config["loss"]), float(config["schedule"]["rate"]), frozen
    except (LookupError, TypeError, ValueError):
        raise ModelError(f"{path}: does not say how it was trained; train it again") from None


def _sentences(text: str, tokenizer: Tokenizer) -> list[list[str]]:
    """The tokens of each sentence, as `wincls predict` finds them; "-" is standard input."""
    if text == "-":
        with source(text) as file:
            chunks = list(read_text(file, "-"))
    else:
        chunks = [text]
    sentences = [
        sentence.tokens for piece in cut_pieces(chunks) for sentence in split_sentences(piece.text, tokenizer)
    ]
    if not sentences:
        raise DataError("text: no tokens; give at least one word")
    return sentences


def _check_label(label: str | None, labels: Sequence[str]) -> None:
    if label is not None and label not in labels:
        raise DataError(
            f"--label: no label {label}; the labels are {', '.join(labels)}{nearest(label, labels)}"
        )
