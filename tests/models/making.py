"""Pairs and students for tests: a small invented language, where a rewording keeps words. Knows no test."""

from random import Random

from models.pairs import Example

SENTENCES = (
    "turn on off the kitchen bedroom chicken light lamp music louder play stop set alarm for seven eleven door",
    "stelle den wecker auf sieben licht in der küche bitte an aus musik lauter",
)
LOCALES = ("en", "de-DE")
SORRY = ("Sorry, I did not get that.", "Das habe ich leider nicht verstanden.")


def examples(count: int, seed: int = 0) -> list[Example]:
    """Return labelled pairs: one in two rewords the first, which then failed more often; the same for the same seed."""
    chance = Random(seed)  # noqa: S311 - no secret
    return [_example(chance, place) for place in range(count)]


def _example(chance: Random, place: int) -> Example:
    language = chance.randrange(2)
    words = SENTENCES[language].split()
    first = chance.choices(words, k=chance.randint(2, 6))
    rewords = chance.random() < 0.5
    second = [word if rewords and chance.random() < 0.7 else chance.choice(words) for word in first]
    failed = chance.random() < (0.8 if rewords else 0.3)
    return Example(
        first=" ".join(first),
        second=" ".join(second),
        label=float(rewords),
        locale=LOCALES[language],
        reply=SORRY[language] if failed else "",
        first_failed=failed,
        gap_s=chance.choice((0.0, chance.uniform(2.0, 60.0))),
        session=str(place // 4),
    )
