"""Windows for tests: an invented language in which a rewording keeps words. Knows no test."""

from random import Random

from models.pairs import Window, WindowTurn

SENTENCE = "turn on off the kitchen bedroom chicken light lamp music louder play stop set alarm for seven door"
WORDS = tuple(SENTENCE.split())
REPLIES = ("", "sorry what", "the light is on")


def windows(count: int, seed: int = 0) -> list[Window]:
    """Return windows with known answers, the same for the same seed; one in two has none."""
    chance = Random(seed)  # noqa: S311 - no secret
    return [_window(chance) for _ in range(count)]


def _window(chance: Random) -> Window:
    source = chance.choices(WORDS, k=chance.randint(2, 6))
    later = [chance.choices(WORDS, k=chance.randint(1, 6)) for _ in range(chance.randint(1, 4))]
    answer = chance.randrange(len(later)) if chance.random() < 0.5 else -1
    if answer >= 0:
        later[answer] = [word if chance.random() < 0.7 else chance.choice(WORDS) for word in source]
    return Window(
        WindowTurn(" ".join(source), chance.choice(REPLIES), chance.random() < 0.5),
        tuple(_turn(words, place, chance) for place, words in enumerate(later)),
        answer,
        group=str(chance.randrange(10)),
        corpus="made",
    )


def _turn(words: list[str], place: int, chance: Random) -> WindowTurn:
    gap_s = 0.0 if chance.random() < 0.2 else (place + 1) * chance.uniform(3.0, 60.0)
    return WindowTurn(" ".join(words), chance.choice(REPLIES), gap_s=gap_s, barge_in=chance.random() < 0.1)
