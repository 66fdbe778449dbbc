"""wincls: word-window classifiers for named entities, trained on a plain CPU."""

__version__ = "0.1.0"
