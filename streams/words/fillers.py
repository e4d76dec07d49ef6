"""Hesitations, which say nothing, by language. Knows words only.

Left out is every word that means something as well in its language: "um" is a filler in English, "one" in Portuguese
and "around" in German; "er" is "he" in German and "there" in Dutch. Written as :func:`streams.text.normalise` leaves
them. A language that is not listed has the fillers that are a word nowhere, and no others.
"""

from typing import Final


def _stretched(stem: str, most: int) -> tuple[str, ...]:
    """Return a stem with its last letter drawn out: um, umm, ummm."""
    return tuple(stem + stem[-1] * more for more in range(most))


FILLERS_ANYWHERE: Final = frozenset((*_stretched("hmm", 4), *_stretched("mmm", 3), "uhm", "uhmm", "ehm", "ehmm"))

FILLERS: Final[dict[str, frozenset[str]]] = {
    "ar": frozenset({"امم", "اممم", "ممم"}),
    "cs": frozenset({"eee", "hm"}),
    "da": frozenset({"øh", "øhm", "hm"}),
    "de": frozenset({*_stretched("äh", 3), *_stretched("ähm", 3), "öh", "öhm", "hm"}),
    "en": frozenset({*_stretched("um", 4), *_stretched("uh", 4), *_stretched("er", 3), "erm", "ermm", "hm", "eh"}),
    "es": frozenset({"eh", "em", "emm", "eeh", "hm"}),
    "fa": frozenset({"اوم", "امم", "اممم"}),
    "fi": frozenset({"öö", "ööh", "hm"}),
    "fr": frozenset({*_stretched("euh", 3), "heu", "hum", "hm"}),
    "he": frozenset({"אממ", "אמממ", "אהה", "אההה"}),
    "hi": frozenset({"उम्म", "हम्म", "अम्म"}),
    "hu": frozenset({"öö", "ööö", "hm"}),
    "it": frozenset({"eh", "mhm", "hm"}),
    "ja": frozenset({"えーっと", "えーと", "えっと", "ええと", "うーんと", "うーん", "あのー", "そのー"}),
    "ko": frozenset({"음", "으음", "어"}),
    "nb": frozenset({"eh", "øh", "hm"}),
    "nl": frozenset({"eh", "uh", "euh", "hm"}),
    "no": frozenset({"eh", "øh", "hm"}),
    "pl": frozenset({"yy", "yyy", "eee", "hm"}),
    "pt": frozenset({"hum", "ahn", "hã", "hm"}),
    "ru": frozenset({"э", *_stretched("ээ", 3), "эм", "эмм", "хм", "хмм", "ммм"}),
    "sv": frozenset({"öh", "öhm", "eh", "hm"}),
    "th": frozenset({"เอ่อ", "อืม", "อืมม"}),
    "tr": frozenset({"eee", "hm"}),
    "uk": frozenset({"ем", "хм", "хмм", "ммм"}),
    "zh": frozenset({"嗯", "嗯嗯", "呃", "呃呃"}),
}

LEADING_FILLERS: Final = (
    "嗯+",
    "呃+",
    "えーっと",
    "えーと",
    "えっと",
    "ええと",
    "うーんと",
    "うーん",
    "あのー",
    "そのー",
    "เอ่อ",
    "อืม+",
)
"""Patterns of fillers that open an utterance written without spaces, in whatever locale; longer ones first."""

KEPT_TOGETHER: Final = frozenset({("uh", "huh"), ("uh", "oh"), ("mm", "hmm"), ("mm", "hm"), ("mmm", "hmm")})
"""Answers of two words of which one or both look like a filler: neither is dropped."""
