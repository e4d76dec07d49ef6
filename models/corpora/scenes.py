"""Two turns of one person in each of the ways they may relate. Knows kinds of scenes, no times and no labels."""

from models.corpora.circumstances import Relation
from models.corpora.corrections import correction
from models.corpora.drawing import Draw, Scene
from models.corpora.next_requests import next_request


def scene(draw: Draw, how: Relation, *, failed: bool) -> Scene | None:
    """Return a scene of a relation and an outcome, None where a locale has too few requests for any."""
    if how == "new":
        return next_request(draw, failed=failed)
    return correction(draw, how, failed=failed)
