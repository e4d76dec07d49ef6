"""Other ways to say a request. Knows English sentence openings, no meaning."""

from typing import Final

ASKING: Final = frozenset(
    "what whats what's how hows how's when whens when's where wheres where's who whos who's which why is are do does did will".split()  # noqa: SIM905, E501
)
COMMANDING: Final = frozenset(
    "play tell show give find set turn remind delete remove add create check open start stop make send read search "  # noqa: SIM905
    "list clear cancel book get put call email change lower raise mute increase reduce dim post tweet look recommend "
    "shuffle switch".split()
)

_ASKING_FRAMES: Final = ("tell me {}", "i'd like to know {}", "hey {}", "can you say {}")
_COMMANDING_FRAMES: Final = ("please {}", "can you {}", "i want you to {}", "go ahead and {}", "{} for me")
_OTHER_FRAMES: Final = ("{} please", "hey {}")


def frames(said: str) -> tuple[str, ...]:
    """Return sentence frames, with ``{}`` for the request, that leave its meaning as it is."""
    opening = said.split(" ", 1)[0].lower()
    if opening in ASKING:
        return _ASKING_FRAMES
    return _COMMANDING_FRAMES if opening in COMMANDING else _OTHER_FRAMES
