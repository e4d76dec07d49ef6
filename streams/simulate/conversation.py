"""One session: a person pursues goals, the assistant answers; events and hidden truth come out. Knows no other one."""

import random
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from schemas.records import (
    AppliedRewrite,
    BargeIn,
    BargeInKind,
    FailurePoint,
    Interpretation,
    Reply,
    Signal,
    SignalKind,
    Turn,
    TurnEvent,
)  # fmt: skip
from streams.simulate.assistant import NOT_UNDERSTOOD_TEXT, NOTHING_MADE, Assistant, Response
from streams.simulate.ledger import NOTHING_MEANT, Ledger
from streams.simulate.pauses import ANSWER, NEW_REQUEST, REPEATING, REWORDING, Quantiles, pause_ms
from streams.simulate.people import People, Person, Reaction, other_wording
from streams.simulate.world import Goal, Node, Question, Wording, World

TENANT: Final = "demo"
LOCALE: Final = "en-US"

INTERRUPTING_SHARE: Final = 0.25
"""Of those who notice a wrong answer and try again, how many do not wait for its end."""

BACK_CHANNEL_SHARE: Final = 0.015
FALSE_ALARM_SHARE: Final = 0.008
SUBSTITUTE_SHARE: Final = 0.6
"""After "I can't do that", how many ask for the next best thing."""

FLAWLESS_SHARE: Final = 0.75
"""Of those who repeat themselves, how many speak so clearly that they are heard right."""

TURNS_PER_ATTEMPT_MAX: Final = 8
SPEECH_MS: Final = 300
SPEECH_MS_PER_CHARACTER: Final = 55
BETWEEN_MS: Final = 250
"""Between the end of a reply and the next speech, at least."""

KINDS: Final[tuple[BargeInKind | None, ...]] = ("speech", "speech", "keyword", "button", None, None)
"""How an interruption is marked; None: the producer says nothing, only the times show it."""

FALSE_WAKE_SHARE: Final = 0.01
"""Sessions that begin with talk not meant for the assistant."""

OVERHEARD: Final = ("and then he said to her", "no i don't think so", "who wants dinner", "that was a great match")

KNOWN_SHARE: Final = 0.3
"""How often the producer knows where it failed."""

CANCELLING: Final = ("never mind", "stop", "cancel")
CANCELLED: Final = Interpretation("dialogue", "cancel", (), 0.95)

Ended = Literal["worked", "left", "changed", "not_offered"]

Serve = Callable[[str, str, str, int], tuple[str, AppliedRewrite] | None]
"""``(user, state, heard, at_ms)`` -> the text really run and the rewrite with its arm, or None when none applies."""


class Fared(NamedTuple):
    """How one utterance fared, in truth.

    Attributes:
        heard: the text at its state.
        executed: the text really run, the target of a rewrite where one was applied.
        goal: index of the goal that was meant.
        rewrite: the rewrite that applied, with its arm, or None.
        at_ms: when it was said.
        worked: whether the assistant did what was meant.
    """

    heard: Node
    executed: Node
    goal: int
    rewrite: AppliedRewrite | None
    at_ms: int
    worked: bool


class Said(NamedTuple):
    """How one utterance went on."""

    worked: bool
    response: Response


class Setting(NamedTuple):
    """What all sessions share."""

    world: World
    people: People
    assistant: Assistant
    ledger: Ledger
    chance: random.Random
    normalise: Callable[[str], str]
    worthless: bool
    serve: Serve | None
    fared: Callable[[Fared], None] | None = None


class Session:
    """One session while it lasts. ``events`` are in the order they happened."""

    def __init__(self, setting: Setting, person: Person, number: int, starts_ms: int) -> None:
        self.setting = setting
        self.chance = setting.chance
        self.person = person
        self.session_id = f"s{number}"
        self.device = person.devices[int(self.chance.random() * len(person.devices))]
        self.at_ms = starts_ms
        self.reply_started_ms = starts_ms
        self.reply_ended_ms = starts_ms
        self.events: list[TurnEvent] = []
        self.turns = 0

    def run(self) -> None:
        """Pursue one goal after another until the person has had enough."""
        pause: Quantiles = NEW_REQUEST
        if self.chance.random() < FALSE_WAKE_SHARE:
            self._wake_falsely()
        for _ in range(1 + int(self.chance.expovariate(0.8))):
            goal = self.setting.people.goal(self.person, self.chance)
            ended = self.pursue(goal, pause)
            if ended == "left":
                return
            pause = REWORDING if ended == "changed" else NEW_REQUEST

    def _wake_falsely(self) -> None:
        """Emit talk that was not for the assistant."""
        talk = OVERHEARD[int(self.chance.random() * len(OVERHEARD))]
        response = Response("not_understood", NOT_UNDERSTOOD_TEXT, None, NOTHING_MADE)
        point: FailurePoint | None = "false_wake" if self.chance.random() < KNOWN_SHARE else None
        self._emit("", talk, NEW_REQUEST, response, interrupting=False, failure_point=point)
        node = ("", self.setting.normalise(talk))
        self.setting.ledger.said(node, NOTHING_MEANT, self.person.name, self.at_ms)

    def pursue(self, goal: Goal, pause: Quantiles) -> Ended:
        """Pursue a request with all that comes of it: its dialogue, its usual successor, its substitute."""
        ended = self.attempt(goal, pause)
        goals = self.setting.world.goals
        if ended == "not_offered" and goal.substitute is not None and self.chance.random() < SUBSTITUTE_SHARE:
            return self.pursue(goals[goal.substitute], REWORDING)
        if ended != "worked":
            return ended
        questions = self.setting.world.dialogues.get(goal.index)
        if questions is not None:
            return self.answer_all(questions)
        if goal.followed_by is not None and self.chance.random() < goal.followed_share:
            return self.pursue(goals[goal.followed_by], REWORDING)
        if goal.enjoyed and self.chance.random() < goal.enjoyed:
            return self.pursue(goal, REWORDING)
        return ended

    def answer_all(self, questions: tuple[Question, ...]) -> Ended:
        """Answer the questions of a dialogue in turn, until one ends it or the person leaves."""
        for question in questions:
            for _ in range(self.chance.randint(*question.times)):
                goal = self._answer_to(question)
                ended = self.attempt(goal, ANSWER, question.confirm)
                if ended != "worked":
                    return "changed" if ended == "not_offered" else ended
                if goal.index in self.setting.world.ends:
                    return "worked"
        return "worked"

    def _answer_to(self, question: Question) -> Goal:
        indices = [index for index, _ in question.answers]
        weights = [weight for _, weight in question.answers]
        return self.setting.world.goals[self.chance.choices(indices, weights)[0]]

    def attempt(self, goal: Goal, pause: Quantiles, confirm: str = "") -> Ended:
        """Say a goal until it works or the person gives up. One goal attempt of the hidden truth."""
        wording = self.setting.people.usual_wording(self.person, goal, self.chance)
        failed: list[tuple[str, str]] = []
        clear = interrupting = False
        for failures in range(1, TURNS_PER_ATTEMPT_MAX + 1):
            said = self.say(goal, wording, pause, failed, clear=clear, interrupting=interrupting)
            silent = said.response.goal not in {NOTHING_MADE, goal.index}
            if confirm and said.response.goal >= 0:
                said, silent = self._confirmed(said, confirm), False
            if said.worked:
                self._succeeded(goal)
                others = [node for node in failed if node != failed[-1]]
                self.setting.ledger.repaired(others, goal.index, self.person.name, self.at_ms)
                return "worked"
            if said.response.status == "unsupported" and not silent:
                return "not_offered"
            reaction = self.setting.people.reaction(self.chance.random(), failures, silent=silent)
            if reaction in {"leave", "change", "cancel"}:
                return self._gave_up(reaction)
            interrupting = silent and self.chance.random() < INTERRUPTING_SHARE
            if self.setting.worthless:
                goal, failed = self._anything(goal.state), []
                wording, pause = goal.wording(self.chance.random()), REWORDING
            elif reaction == "reword":
                wording, pause, clear = other_wording(goal, wording, self.chance), REWORDING, False
            else:
                pause, clear = REPEATING, self.chance.random() < FLAWLESS_SHARE
        return "left"

    def _anything(self, state: str) -> Goal:
        """Return any goal of a state: where nothing can be learned, what is said next has nothing to do with it."""
        world = self.setting.world
        if not state:
            return self.setting.people.anything(self.chance.random())
        of_state = [goal for goal in world.goals if goal.state == state]
        return of_state[int(self.chance.random() * len(of_state))]

    def _confirmed(self, said: Said, confirm: str) -> Said:
        """Let the assistant read the answer back; a denial undoes it."""
        world = self.setting.world
        goal = world.goals[(world.yes if said.worked else world.no)[confirm]]
        for _ in range(3):
            wording = self.setting.people.usual_wording(self.person, goal, self.chance)
            if self.say(goal, wording, ANSWER, []).worked:
                break
        return said

    def _gave_up(self, reaction: Reaction) -> Ended:
        if reaction == "cancel":
            said = CANCELLING[int(self.chance.random() * len(CANCELLING))]
            self._emit("", said, REPEATING, Response("answered", "Okay.", CANCELLED, NOTHING_MADE), interrupting=False)
        return "left" if reaction == "leave" else "changed"

    def _succeeded(self, goal: Goal) -> None:
        """Emit what people do during or after a good answer."""
        draw = self.chance.random()
        if draw < BACK_CHANNEL_SHARE and not goal.state:
            self._background("uh huh", "backchannel")
        elif draw < BACK_CHANNEL_SHARE + FALSE_ALARM_SHARE and not goal.state:
            self._background("", "false_alarm")
        elif draw < 0.045 and not goal.state:  # noqa: PLR2004
            self._signal("thumbs_up" if draw < 0.035 else "confirmed")  # noqa: PLR2004
        elif goal.interpretation.domain == "play" and draw < 0.3:  # noqa: PLR2004
            self._signal("played", round(1000 * self.chance.uniform(20, 200)))

    def _background(self, said: str, kind: BargeInKind) -> None:
        """Emit a sound that interrupts nothing."""
        started = (self.reply_started_ms + self.reply_ended_ms) // 2
        at_ms = started + SPEECH_MS
        turn = Turn(
            turn_id=self._turn_id(),
            said=said,
            speech_started_at=started,
            reply=Reply("unknown"),
            barge_in=BargeIn(kind, started - self.reply_started_ms, resumed=True),
        )
        self._append(at_ms, turn)

    def _signal(self, kind: SignalKind, value: int | None = None) -> None:
        turn_id = f"{self.session_id}-{self.turns}"
        at_ms = self.at_ms + (value or round(1000 * self.chance.uniform(4, 30)))
        self.events.append(self._event(at_ms, signal=Signal(turn_id, kind, value)))

    def say(
        self, goal: Goal, wording: Wording, pause: Quantiles, failed: list[tuple[str, str]], *, clear: bool = False,
        interrupting: bool = False,
    ) -> Said:  # fmt: skip
        """Say a goal in some words; note in the hidden truth what was heard and whether it worked."""
        chance, setting = self.chance, self.setting
        right = wording.right_at(self.at_ms)
        heard = right if clear else wording.heard(chance.random(), self.at_ms)
        node = (goal.state, heard.normalised)
        applied = setting.serve(self.person.name, goal.state, heard.text, self.at_ms) if setting.serve else None
        executed = node
        if applied is not None and applied[1].arm == "treated":
            executed = (goal.state, setting.normalise(applied[0]))
        response = setting.assistant.respond(executed, self.at_ms, chance)
        worked = response.goal == goal.index and response.status != "unsupported"
        rewrite = None if applied is None else applied[1]
        point: FailurePoint | None = None
        if response.goal < 0 and chance.random() < KNOWN_SHARE:
            point = "nlu" if heard is right else "asr"
        confidence = 0.55 + 0.44 * chance.random() if heard is right else 0.35 + 0.6 * chance.random()
        self._emit(
            goal.state, heard.text, pause, response, interrupting=interrupting, rewrite=rewrite,
            confidence=round(confidence, 2), failure_point=point,
        )  # fmt: skip
        setting.ledger.said(node, goal.index, self.person.name, self.at_ms)
        if setting.fared is not None:
            setting.fared(Fared(node, executed, goal.index, rewrite, self.at_ms, worked))
        failed.append(node)
        if not worked and response.goal >= 0 and chance.random() < 0.03:  # noqa: PLR2004 - few people bother
            self._signal("thumbs_down" if chance.random() < 0.6 else "denied")  # noqa: PLR2004
        return Said(worked, response)

    def _emit(
        self, state: str, said: str, pause: Quantiles, response: Response, *, interrupting: bool,
        rewrite: AppliedRewrite | None = None, confidence: float | None = None,
        failure_point: FailurePoint | None = None,
    ) -> None:  # fmt: skip
        """Append a turn with its times: people wait for the end of a reply unless they interrupt it."""
        chance = self.chance
        speech_ms = SPEECH_MS + SPEECH_MS_PER_CHARACTER * len(said)
        barge_in = None
        if interrupting:
            at_reply_ms = round((0.1 + 0.7 * chance.random()) * (self.reply_ended_ms - self.reply_started_ms))
            started = self.reply_started_ms + at_reply_ms
            kind = KINDS[int(chance.random() * len(KINDS))]
            barge_in = None if kind is None else BargeIn(kind, at_reply_ms)
        elif self.turns:
            earliest = self.reply_ended_ms + BETWEEN_MS
            started = max(self.at_ms + pause_ms(pause, chance.random()) - speech_ms, earliest)
        else:
            started = self.at_ms
        at_ms = started + speech_ms
        reply_started = at_ms + 400 + int(500 * chance.random())
        reply_ended = reply_started + 900 + int(2600 * chance.random())
        turn = Turn(
            turn_id=self._turn_id(),
            said=said,
            expecting=state,
            said_confidence=confidence,
            speech_started_at=started,
            interpretation=response.interpretation,
            reply=Reply(response.status, response.text, reply_started, reply_ended),
            barge_in=barge_in,
            rewrite=rewrite,
            failure_point=failure_point,
        )
        self._append(at_ms, turn)
        self.at_ms, self.reply_started_ms, self.reply_ended_ms = at_ms, reply_started, reply_ended

    def _turn_id(self) -> str:
        self.turns += 1
        return f"{self.session_id}-{self.turns}"

    def _append(self, at_ms: int, turn: Turn) -> None:
        self.events.append(self._event(at_ms, turn=turn))

    def _event(self, at_ms: int, turn: Turn | None = None, signal: Signal | None = None) -> TurnEvent:
        return TurnEvent(
            TENANT, LOCALE, self.person.name, self.session_id, at_ms, self.device, turn=turn, signal=signal
        )
