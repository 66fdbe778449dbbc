"""English words that the default tokenizer knows, and units of measurement."""
# ruff: noqa: SIM905 (lists of many strings are harder to read)

from __future__ import annotations

ABBREVIATIONS = tuple(
    """
    Mr Mrs Ms Dr St Jr Sr Prof Gen Col Maj Capt Lt Sgt Cpl Sen Rep Gov Pres Rev Hon Mt Ft Ave Blvd Rd Inc
    Ltd Corp Co Bros Cie vs etc cf al approx dept est Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
    """.split()
)
STARTERS = tuple(
    """
    The An A He She It They We I You This That These Those There In On At But And Or If When While After
    Before As For Its His Her Their Our My What Who Why How Not No Some One Two
    """.split()
)
UNITS = tuple(
    "km cm mm kg mg ml kb mb gb tb hz khz mhz ghz am pm kw kwh mph kph min ms hp k m b g h l s".split()
)
