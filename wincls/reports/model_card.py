"""Model cards: what a model is, its training data and its scores (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

from wincls.config import Config, make_config
from wincls.errors import WinclsError
from wincls.network.activations import ACTIVATIONS
from wincls.options import name_of, plain
from wincls.reports.tables import counted, percent, table
from wincls.tagger.calibration import Calibration
from wincls.tagger.model_file import VERSION, Model
from wincls.visible import visible

_WIDTH = 96
_NAME = 12  # width of the first column


def model_record(model: Model, path: str, size: int) -> dict[str, Any]:
    """All that a model file says of itself, as a plain mapping; size: in bytes."""
    tagger, scorer = model.tagger, model.tagger.ensemble[0]
    width = scorer.parameters["W1"].shape[1] if scorer.hidden else len(scorer.parameters["U"])
    vocabularies = tagger.tables.vocabularies.items()
    decision: dict[str, Any] = {"name": "plain"}
    if isinstance(tagger.decision, Calibration):
        decision = {"name": "calibrated", "context_tokens": tagger.decision.context_tokens}
        decision["temperature"] = tagger.decision.temperature
    else:
        decision["threshold"] = tagger.decision.threshold
    return {
        "file": path,
        "bytes": size,
        "format": VERSION,
        "digest": model.digest,
        "labels": list(tagger.labels),
        "scheme": tagger.tag_set.scheme.name,
        "tags": len(tagger.tag_set),
        "window": tagger.window,
        "combine": scorer.combine,
        "tables": {
            name: {"keys": len(keys.keys), "dimension": scorer.parameters[f"L.{name}"].shape[1]}
            for name, keys in vocabularies
        },
        "pretrained_words": len(tagger.tables.pretrained),
        "ensemble": len(tagger.ensemble),
        "layers": [width, *scorer.hidden, scorer.n_scores],
        "activation": name_of(ACTIVATIONS, scorer.activation),
        "parameters": sum(array.size for array in scorer.parameters.values()),
        "decision": decision,
        "tokenizer": tagger.tokenizer.settings(),
        "provenance": dict(model.provenance),
        "differs_from_defaults": changed_settings(model.config),
        "config": model.config,
    }


def changed_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a plain configuration whose values are not the defaults, apart from the data's files."""
    try:
        used = plain(make_config(config))
    except (WinclsError, TypeError, ValueError):
        used = dict(config)  # of another version: shown as it is
    defaults = dict(_keys(plain(Config(data=make_config({"data": {"train": ""}}).data))))
    files = {"data.train", "data.dev", "data.test"}
    return {
        key: value
        for key, value in _keys(used)
        if key not in files and (key not in defaults or defaults[key] != value)
    }


def _keys(mapping: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def model_card(record: Mapping[str, Any]) -> str:
    """A record for people."""
    members, layers = record["ensemble"], " -> ".join(map(str, record["layers"]))
    each = f"an ensemble of {members}, each " if members > 1 else ""
    tables = [f"{name} {each['keys']:,} x {each['dimension']}" for name, each in record["tables"].items()]
    words = record["pretrained_words"]
    rows = [
        ("model", "finds named entities; a classifier of windows of words, made with wincls"),
        ("file", f"{visible(record['file'])}, {record['bytes'] / 1e6:.1f} MB, format {record['format']}"),
        ("digest", record["digest"]),
        ("labels", f"{', '.join(record['labels']) or 'none'} ({record['scheme']}, {record['tags']} tags)"),
        ("window", f"{2 * record['window'] + 1} tokens, {record['combine']}"),
        ("tables", ", ".join(tables) + " (keys x dimension)"),
        ("", f"and {counted(words, 'word')} with pretrained vectors only" if words else ""),
        ("layers", f"{each}{layers}, {record['activation']}"),
        ("parameters", f"{record['parameters']:,}{' in each member' * (members > 1)}"),
        ("decision", _decision(record["decision"])),
        ("tokenizer", _short(record["tokenizer"])),
    ]
    parts = [_lines(rows)]
    provenance = record["provenance"]
    try:
        parts += [_training(provenance), _data(provenance), _scores(provenance)] if provenance else []
    except (LookupError, TypeError, ValueError, AttributeError):  # not what training writes
        provenance = None
    if not provenance:
        parts.append("It does not say how it was trained.\n")
    differs = [(key, _short(value)) for key, value in record["differs_from_defaults"].items()]
    name = max((len(key) for key, _ in differs), default=0) + 2
    text = "".join(f"  {key:{name}}{value}\n" for key, value in differs) or "  nothing\n"
    parts.append(f"Configuration, where it differs from the defaults:\n{text}")
    return "\n".join(part for part in parts if part)


def _decision(decision: Mapping[str, Any]) -> str:
    if decision["name"] == "calibrated":
        tokens, temperature = decision["context_tokens"], decision["temperature"]
        return f"calibrated: context blocks of {tokens:,} tokens, temperature {temperature:.3g}"
    threshold = decision["threshold"]
    return "the class with the largest score" if threshold is None else f"a score above {threshold:.4g}"


def _training(provenance: Mapping[str, Any]) -> str:
    threads = {name: value for name, value in _mapping(provenance.get("threads")).items() if value}
    set_to = ", ".join(f"{name}={_short(value)}" for name, value in threads.items())
    rows = [
        ("trained by", f"wincls {_short(provenance.get('wincls'))}, numpy {_short(provenance.get('numpy'))}"),
        ("threads", set_to or "as the library decided"),
        ("epochs", f"{_short(provenance.get('epochs'))}, best {_short(provenance.get('best_epoch'))}"),
        ("started from", f"model {_short(provenance['init'])}" if provenance.get("init") else ""),
        ("date", _short(provenance.get("date"))),
    ]
    return _lines(rows)


def _data(provenance: Mapping[str, Any]) -> str:
    rows = [["", "sentences", "tokens", "entities", "file", "blake2b"]]
    types = []
    for name, each in _mapping(provenance.get("data")).items():
        entities = _mapping(each.get("entities"))
        rows.append([name, _number(each.get("sentences")), _number(each.get("tokens"))])
        rows[-1] += [_number(sum(entities.values())), _short(each.get("file"), 40)]
        rows[-1] += [_short(each.get("blake2b"))[:12]]
        shown = ", ".join(f"{label} {count:,}" for label, count in entities.items())
        types.append((name, shown or "no entity"))
    return f"{table(rows)}\n{_lines(types)}" if types else ""


def _scores(provenance: Mapping[str, Any]) -> str:
    rows = [["", "precision", "recall", "F1", "support"]]
    for name, each in _mapping(provenance.get("scores")).items():
        for label, counts in [*_mapping(each.get("types")).items(), ("all", each["all"])]:
            shares = [percent(counts[key]) for key in ("precision", "recall", "f1")]
            rows.append([f"{name} {label}", *shares, _number(counts["support"])])
    return f"{table(rows)}\n" if len(rows) > 1 else ""


def _lines(rows: list[tuple[str, str]]) -> str:
    """Names and values, in two columns; rows without a value are left out."""
    indent = " " * (_NAME + 2)
    lines = [
        fill(f"{name:{_NAME}}  {value}", _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
        for name, value in rows
        if value
    ]
    return "\n".join(lines) + "\n"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "-"


def _short(value: Any, most: int = 60) -> str:
    """A value as visible text, its end if it is too long; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = visible(str(value))
    return text if len(text) <= most else f"...{text[3 - most :]}"
