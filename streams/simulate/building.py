"""Builds a world from the real requests and the written scenes. Knows no person; chance comes from the seed alone."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from streams.simulate import scenes
from streams.simulate.lexicon import UNDERSTOOD, Request, requests
from streams.simulate.scenes import Scene, Way
from streams.simulate.wordings import frames
from streams.simulate.world import (
    Goal,
    Heard,
    Node,
    Periods,
    Question,
    Understanding,
    Wording,
    World,
    interpreted,
    written_meaning,
)  # fmt: skip

Normalise = Callable[[str], str]

REAL_GOALS: Final = 95
"""Goals from the real requests, beside the written ones: popular enough each for 100,000 turns to show its errors."""

POPULARITY_EXPONENT: Final = 0.7
"""Zipf exponent of goals: the first is 30 times as frequent as the 130th."""

WORKS: Final = (0.9, 0.98)
"""Range of the success of what the assistant can do: about one error in twenty comes from nothing in the text."""

FAILS: Final = (0.02, 0.1)
"""Range of the success of what it cannot do."""

NEARLY: Final = (0.85, 0.96)
"""Range for a garbled text whose meaning a real language understanding found all the same."""

WORTHLESS_WORKS: Final = ((0.95, 0.6), (0.75, 0.2), (0.6, 0.1), (0.3, 0.1))
"""Success of all texts of a goal where nothing can be learned, with weights."""

UNSUPPORTED_SHARE: Final = 0.5
"""Share of real goals one of whose usual wordings the assistant cannot do."""

SLOTLESS: Final = frozenset(
    {
        ("email", "query"), ("weather", "query"), ("audio", "volume_mute"), ("audio", "volume_up"), ("iot", "coffee"),
        ("iot", "hue_lightoff"), ("iot", "hue_lightup"), ("datetime", "query"), ("iot", "cleaning"), ("news", "query"),
        ("alarm", "query"), ("play", "radio"),
    }
)  # fmt: skip
"""Intents whose requests without slots all ask for the same."""

NAMES_OF_ASSISTANTS: Final = frozenset({"olly", "alexa", "siri", "google"})


class Builder:
    """A world under construction."""

    def __init__(self, seed: int, normalise: Normalise, starts_ms: int, *, worthless: bool) -> None:
        self.chance = random.Random(f"world {seed}")  # noqa: S311 - a simulation
        self.normalise = normalise
        self.worthless = worthless
        self.world = World([], {}, {}, {}, {}, frozenset(), {}, {}, starts_ms)
        self.named: dict[str, int] = {}
        self.spoken: dict[Node, int] = {}
        self.garbled: dict[Node, tuple[int, float]] = {}
        self.unable: set[Node] = {(state, normalise(said)) for state, said in scenes.FAILS}

    def build(self) -> World:
        """Return the finished world."""
        self._add_scenes(scenes.REQUESTS)
        self._add_scenes(scenes.ANSWERS)
        self._add_real(requests())
        self._link()
        self._understand()
        self._set_traps()
        return self.world

    def heard(self, text: str) -> Heard:
        """Return a text with its normalised form."""
        return Heard(text, self.normalise(text))

    def _add_scenes(self, written: Iterable[Scene]) -> None:
        for scene in written:
            goal = self._add_goal(scene.state, scene.domain, scene.intent, scene.slots, scene.rank)
            self.named[scene.name] = goal.index
            for way in scene.ways:
                self._add_way(goal, way)

    def _add_goal(self, state: str, domain: str, intent: str, slots: Iterable[tuple[str, str]], rank: float) -> Goal:
        goal = Goal(len(self.world.goals), state, interpreted(domain, intent, slots), rank**-POPULARITY_EXPONENT)
        self.world.goals.append(goal)
        return goal

    def _add_way(self, goal: Goal, way: Way, works: dict[str, float] | None = None) -> None:
        """Add a wording; what is heard right takes what the garbles leave."""
        right = self.heard(way.said)
        channel = [(right, 1.0 - sum(share for _, share in way.garbles))]
        for text, share in way.garbles:
            garble = self.heard(text)
            channel.append((garble, share))
            success = (works or {}).get(text)
            if success is None:
                success = self.chance.uniform(*FAILS)
            self.garbled.setdefault((goal.state, garble.normalised), (goal.index, success))
        self.spoken.setdefault((goal.state, right.normalised), goal.index)
        goal.wordings.append(Wording(way.said, way.weight, channel))

    def _add_real(self, all_requests: Iterable[Request]) -> None:
        groups: dict[object, list[Request]] = defaultdict(list)
        for request in all_requests:
            if self._fits(request):
                groups[request.meaning].append(request)
        known = {goal.meaning for goal in self.world.goals}
        fresh = [group for group in groups.values() if _meaning_text(group[0]) not in known]
        chosen = self.chance.sample(fresh, min(REAL_GOALS, len(fresh)))
        for at, group in enumerate(chosen):
            self._add_group(group, rank=4.0 + at * 1.4)

    def _fits(self, request: Request) -> bool:
        words = request.said.split()
        right = self.normalise(request.said)
        can = any(heard.grade == UNDERSTOOD and self.normalise(heard.text) == right for heard in request.heard)
        named = not NAMES_OF_ASSISTANTS.isdisjoint(words)
        clear = bool(request.slots) or (request.scenario, request.action) in SLOTLESS
        return can and clear and not named and 2 <= len(words) <= 9 and request.action != "quirky"  # noqa: PLR2004

    def _add_group(self, group: list[Request], rank: float) -> None:
        """Add one real goal: its sentences, most recorded first, then sentences framed politely."""
        first = group[0]
        goal = self._add_goal("", first.scenario, first.action, first.slots, rank)
        group = sorted(group, key=lambda request: (-sum(heard.recordings for heard in request.heard), request.said))
        for at, request in enumerate(group[:4]):
            garbles, works = self._real_garbles(request)
            self._add_way(goal, Way(request.said, 2.0 / (at + 1), garbles), works)
        patterns = self.chance.sample(frames(group[0].said), 2)
        for at, pattern in enumerate(patterns):
            self._add_way(goal, Way(pattern.format(group[0].said), 0.8 / (at + 1)))
        if self.chance.random() < UNSUPPORTED_SHARE:
            said = goal.wordings[-2 if len(group) == 1 else 1].said
            self.unable.add(("", self.normalise(said)))

    def _real_garbles(self, request: Request) -> tuple[tuple[tuple[str, float], ...], dict[str, float]]:
        """Return up to three real confusions with shares, worst understood first, and how well each works."""
        right = self.normalise(request.said)
        others = [heard for heard in request.heard if self.normalise(heard.text) not in {right, ""}]
        others.sort(key=lambda heard: (heard.grade == UNDERSTOOD, -heard.recordings, heard.text))
        shares = (self.chance.uniform(0.2, 0.5), self.chance.uniform(0.03, 0.08), self.chance.uniform(0.02, 0.05))
        works = {heard.text: self.chance.uniform(*(NEARLY if heard.grade == UNDERSTOOD else FAILS)) for heard in others}
        return tuple((heard.text, share) for heard, share in zip(others, shares, strict=False)), works

    def _link(self) -> None:
        """Connect goals: dialogues, follow-ups, what is not offered, what is enjoyed."""
        goals, named = self.world.goals, self.named
        for name, (after, share) in scenes.FOLLOWED_BY.items():
            goals[named[name]].followed_by, goals[named[name]].followed_share = named[after], share
        for name, instead in scenes.NOT_OFFERED.items():
            goals[named[name]].offered, goals[named[name]].substitute = False, named[instead]
        for name, share in scenes.ENJOYED.items():
            goals[named[name]].enjoyed = share
        self.world.yes = {"confirm_place": named["yes place"]}
        self.world.no = {"confirm_place": named["no place"]}
        self.world.ends = frozenset({named["that's all"], named["no time"], named["enough"]})
        self.world.dialogues = {
            named["trip"]: (
                self._question("place", confirm="confirm_place"), self._question("time"), self._question("pause"),
            ),
            named["cook"]: (self._question("step", times=(2, 5)),),
            named["briefing"]: (self._question("more", times=(1, 4)),),
            named["list"]: (self._question("list_item", times=(2, 6)),),
        }  # fmt: skip

    def _question(self, state: str, confirm: str = "", times: tuple[int, int] = (1, 1)) -> Question:
        answers = tuple((goal.index, goal.weight) for goal in self.world.goals if goal.state == state)
        return Question(state, answers, confirm, times)

    def _understand(self) -> None:
        """Give every text its fixed chance; what is really said at a state belongs to who says it, not to a garble."""
        equal = {goal.index: self._worthless_understanding(goal.index) for goal in self.world.goals}
        for node, (index, works) in self.garbled.items():
            self.world.understandings[node] = Periods(self._understanding(node, index, works))
        for node, index in self.spoken.items():
            works = self.chance.uniform(*(FAILS if node in self.unable else WORKS))
            self.world.understandings[node] = Periods(self._understanding(node, index, works))
        if self.worthless:
            for periods in self.world.understandings.values():
                periods.before = periods.after = equal[periods.before.goal]
            self._part_goals()

    def _part_goals(self) -> None:
        """Let nothing be heard for a goal that belongs to another: hearing it right would be worth learning."""
        owner = {node: periods.before.goal for node, periods in self.world.understandings.items()}
        for goal in self.world.goals:
            heard_as = [
                [(heard, share) for heard, share in wording.channel().items()
                 if owner[goal.state, heard.normalised] == goal.index]
                for wording in goal.wordings
            ]  # fmt: skip
            shared = next(filter(None, heard_as), [])  # for words that are all heard as what others say
            for wording, own in zip(goal.wordings, heard_as, strict=True):
                if own or shared:
                    wording.flip(0, own or shared)

    def _understanding(self, node: Node, index: int, works: float) -> Understanding:
        silent = self.chance.uniform(0.15, 0.85) if node[0] in {"", "place"} else 0.0
        return Understanding(index, works, self._wrong_goal(node[0], index), silent)

    def _wrong_goal(self, state: str, index: int) -> int:
        others = [goal.index for goal in self.world.goals if goal.state == state and goal.index != index]
        near = [
            other for other in others
            if self.world.goals[other].interpretation.domain == self.world.goals[index].interpretation.domain
        ]  # fmt: skip
        return self.chance.choice(near if near and self.chance.random() < 0.5 else others or [index])  # noqa: PLR2004

    def _worthless_understanding(self, index: int) -> Understanding:
        works = self.chance.choices(*zip(*WORTHLESS_WORKS, strict=True))[0]
        state = self.world.goals[index].state
        return Understanding(index, works, self._wrong_goal(state, index), 0.5 if state in {"", "place"} else 0.0)

    def _set_traps(self) -> None:
        traps = self.world.traps
        for (state, text), label in scenes.TRAPS.items():
            traps[state, self.normalise(text)] = label
        goals = self.world.goals
        for label, names in (("followed", scenes.FOLLOWED_BY), ("not offered", scenes.NOT_OFFERED)):
            for name in names:
                for wording in goals[self.named[name]].wordings:
                    traps["", self.normalise(wording.said)] = label
        for name in scenes.ENJOYED:
            for wording in goals[self.named[name]].wordings:
                traps["", self.normalise(wording.said)] = "enjoyed"


def _meaning_text(request: Request) -> str:
    return written_meaning("", interpreted(request.scenario, request.action, request.slots))
