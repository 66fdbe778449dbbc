"""The tokenizer of plain text: every character that is not white space belongs to exactly one token."""

from __future__ import annotations

import re

# Punctuation and symbols; everything else that is not white space is part of a word, so that
# combining marks and joiners stay with their letters in every script.
_SIGNS = r"!-/:-@\[-\^`{-~\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
_SIGNS += r"\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\uff00-\uff0f\ufe0f\ufffd"
_SIGNS += r"\U0001f000-\U0001faff"
_LETTER = rf"[^\s{_SIGNS}]"
_EMOJI = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_MODIFIER = r"[\ufe0f\U0001f3fb-\U0001f3ff]"
_CLITIC = r"(?:s|S|re|ve|ll|d|m|RE|VE|LL|D|M)"
_ABBREVIATIONS = (
    "Mr Mrs Ms Dr St Jr Sr Prof Gen Col Maj Capt Lt Sgt Cpl Sen Rep Gov Pres Rev Hon Mt Ft Ave Blvd Rd "
    "Inc Ltd Corp Co Bros Cie vs etc cf al approx dept est Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)

_TOKEN = re.compile(
    rf"""(
      [A-Za-z]+(?=[ \n]) | [a-z]+(?=[,;]) | [.,;:!?](?=[ \n])          # most tokens; a fast path
    | (?:https?://|www\.)[^\s<>"]*[^\s<>"'.,;:!?)\]}}\u2019\u201d]   # web addresses
    | [\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)+                                   # e-mail addresses
    | [@\#]\w+                                                       # names and tags of social media
    | (?:[A-Z][a-z]?\.|[a-z]\.){{2,}}                                # U.S., e.g., Ph.D.
    | (?:{"|".join(_ABBREVIATIONS.split())})\.(?!\w)                 # Dr.
    | [A-Z]\.(?=\s?[A-Z])                                            # initials
    | [+-]?\d+(?:[.,:/]\d+)+[a-zA-Z]{{0,2}}(?!\w)                      # 1,250.75, 20:30, 1/2, 1.5m, 8:30pm
    | (?:{_LETTER})+?(?=n['\u2019]t(?!\w)) | n['\u2019]t(?!\w)       # do n't
    | ['\u2019]{_CLITIC}(?!\w)                                       # 's, 'll
    | {_LETTER}+(?:-{_LETTER}+|['\u2019](?!{_CLITIC}(?!\w)){_LETTER}+)*
    | [\U0001f1e6-\U0001f1ff]{{2}}                                   # flags
    | {_EMOJI}{_MODIFIER}*(?:\u200d{_EMOJI}{_MODIFIER}*)*            # emoji with modifiers
    | \.{{2,}} | -{{2,}} | [!?]+ | `` | ''                           # runs
    | \S
    )""",
    re.VERBOSE,
)


def tokenize(text: str) -> list[str]:
    """The tokens of a text (words, numbers, single punctuation characters) and what is between them.

    The list starts and ends with what is no token (white space, or nothing), and every other part
    is a token: tokens are ``[1::2]``. Joined, the parts are the text.

    Clitics are tokens of their own ("it 's", "do n't"). Hyphenated words and names with an apostrophe
    stay whole, and so do abbreviations with their periods, addresses, hashtags and emoji.
    """
    return _TOKEN.split(text)
