"""What an assistant says, by outcome and language: sentences of our own, for made windows. Knows no request's history.

A reply that failed is written so that ``streams.phrases.admits_failure`` is true where ``APOLOGIES`` says so and false
elsewhere; a test holds it to that. Languages that are not listed have no replies.
"""

from random import Random
from typing import Final

from models.corpora.forms import FIELDS, Entry
from streams.text import language_of

APOLOGIES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "Sorry, I did not understand that.",
        "Sorry, I don't know how to help with that.",
        "Sorry, I can't do that yet.",
        "I'm sorry, something went wrong.",
        "Sorry, I didn't get \"{said}\". Could you say it another way?",
        "Sorry, but I could not find {value}.",
        "I'm sorry, there is nothing called {value} here.",
        "Sorry, but I need a bit more for that. Which one do you mean?",
        "I didn't quite catch that.",
        'I do not understand "{said}".',
        'Sorry, "{value}" means nothing to me. You can say help to hear what I can do.',
        "I am not sure what you mean by {value}.",
        "Oh, sorry. I couldn't hear you well.",
        "I apologize, that did not work.",
        "Sorry, but that is not possible: {value} is missing.",
        "Sorry, you have to open something first.",
    ),
    "de": ("Entschuldigung, das habe ich nicht verstanden.", "Das tut mir leid, das kann ich nicht.",
           "Tut mir leid, {value} kenne ich nicht."),
    "fi": ("Anteeksi, en ymmärtänyt.", "Valitettavasti se ei onnistu."),
    "hu": ("Sajnálom, nem értettem.", "Bocsánat, ezt nem tudom.", "Sajnos ez nem sikerült."),
    "pl": ("Przepraszam, nie rozumiem.", "Przykro mi, tego nie potrafię."),
    "ru": ("Извините, я не понимаю.", "Простите, я не расслышал.", "К сожалению, не получилось."),
    "he": ("סליחה, לא הבנתי.", "מצטער, זה לא הצליח."),
    "ko": ("죄송해요, 이해하지 못했어요.", "미안해요, 그건 할 수 없어요."),
    "zh": ("抱歉，我没听懂。", "对不起，这个我做不到。"),
    "ja": ("すみません、わかりませんでした。", "申し訳ありません。"),
    "tr": ("Üzgünüm, anlayamadım.", "Maalesef bunu yapamıyorum."),
    "hi": ("माफ़ कीजिए, समझ नहीं आया।",),
    "fa": ("ببخشید، متوجه نشدم.",),
    "th": ("ขอโทษค่ะ ไม่เข้าใจ",),
}  # fmt: skip
"""Failed, and says so in words that are known."""

REFUSALS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "There is no {value}.",
        "I can't find {value}.",
        "That did not work.",
        "Nothing here is called {value}.",
        "Hmm, say that again?",
        "Which one?",
        "{value} has to be set first.",
        "What do you mean?",
        "No device answers to that.",
        "Please try again.",
    ),
    "de": ("Das geht nicht.", "{value} gibt es hier nicht."),
    "fi": ("Se ei onnistu.",),
    "hu": ("Ez így nem megy.",),
    "pl": ("To się nie udało.",),
    "ru": ("Так не получится.",),
    "he": ("זה לא עובד.",),
    "ko": ("그런 기기는 없어요.",),
    "zh": ("没有这个设备。",),
    "tr": ("Böyle bir cihaz yok.",),
}  # fmt: skip
"""Failed, but no apology opens the reply."""

DONE: Final[dict[str, tuple[str, ...]]] = {
    "en": ("Okay.", "Done.", "Sure.", "All right.", "There you go.", "Got it.", "Here you are.", "It is done."),
    "de": ("Okay.", "Erledigt.", "Gerne."),
    "fi": ("Selvä.", "Tehty."),
    "hu": ("Rendben.", "Kész."),
    "pl": ("Dobrze.", "Gotowe."),
    "ru": ("Хорошо.", "Готово."),
    "he": ("בסדר.", "בוצע."),
    "ko": ("네.", "완료했어요."),
    "zh": ("好的。", "已完成。"),
    "ja": ("はい。", "完了しました。"),
    "tr": ("Tamam.", "Yapıldı."),
    "hi": ("ठीक है।",),
    "fa": ("باشه.",),
    "th": ("เรียบร้อยแล้ว",),
}  # fmt: skip
"""Executed, without a word about what."""

ECHOES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "Okay, {value}.",
        "Done: {said}.",
        '"{value}" it is.',
        "Here is what I have on {value}.",
        'I have taken down "{value}".',
        "All right, {said}.",
        "Sure, {value} coming up.",
        'This is what I found for "{said}".',
        "{value} is set now.",
    ),
    "de": ("Okay, {value}.", "Erledigt: {said}."),
    "fi": ("Selvä, {value}.",),
    "hu": ("Rendben, {value}.",),
    "pl": ("Gotowe: {value}.",),
    "ru": ("Готово: {value}.",),
    "he": ("בסדר, {value}.",),
    "ko": ("네, {value}.",),
    "zh": ("好的，{value}。",),
    "ja": ("はい、{value}。",),
    "tr": ("Tamam, {value}.",),
}  # fmt: skip
"""Executed, in words of the request as it was heard."""

FILLED: Final = (
    "The {field} is now {value}.",
    "Okay, {field}: {value}.",
    'I put "{value}" into the {field}.',
    '{field} set to "{value}".',
    'The {thing} has "{value}" as its {field} now.',
)
"""Executed: a field of a form."""

CREATED: Final = (
    "Here is a new {thing}. You can set: {fields}.",
    "Okay, the {thing} is ready. Its fields are {fields}.",
    "Done with the {thing}.",
)
"""Executed: something about a thing with fields."""

LACKING: Final = (
    "Sorry, a {thing} needs a name first.",
    "Sorry, but I can't do that without a {field}.",
    "Which {thing} do you mean?",
)
"""Failed: the command lacks a detail."""

ASKING: Final = (
    "Which one would you like?", "What shall I call it?", "For when?", "Where to?", "Who should get it?", "How many?",
    "What should it say?",
)  # fmt: skip
"""Asks for something; what follows is an answer."""

TAILS: Final = (
    "What else can I do for you?", "Anything else?", "You can say help at any time.", "Shall I go on?",
    "By the way, you can also ask me about the weather.", "What comes next?", "Just say stop when you have enough.",
    "Do you want to hear more?",
)  # fmt: skip
"""Said after any reply, whatever came of the request."""

BY_SCENARIO: Final[dict[str, tuple[str, ...]]] = {
    "alarm": ("The alarm is set.", "You have two alarms."),
    "audio": ("The volume is at five.", "Sound is off."),
    "calendar": ("It is on your calendar.", "You have three events today."),
    "cooking": ("Here is a recipe you may like.", "Cook it for twenty minutes."),
    "datetime": ("It is half past four.", "Today is Thursday."),
    "email": ("You have four new emails.", "The email is sent."),
    "general": ("Thanks, I am fine.", "Here is a joke for you."),
    "iot": ("The lights are on.", "The vacuum cleaner has started."),
    "lists": ("It is on your list.", "Your shopping list has five items."),
    "music": ("I like that song as well.", "I will remember that you like it."),
    "news": ("Here are the headlines.", "This is the news at noon."),
    "play": ("Playing your music.", "Here is the radio.", "Resuming your audiobook."),
    "qa": ("According to an encyclopedia, it is a city in the north.", "The answer is forty."),
    "recommendation": ("There is a nice place nearby.", "These films are on tonight."),
    "social": ("It is posted.", "Nobody wrote to you."),
    "takeaway": ("Your order is on its way.", "They deliver until ten."),
    "transport": ("The next train leaves at nine.", "A taxi is coming."),
    "weather": ("It will be sunny all day.", "Rain is expected in the evening."),
}
"""Executed, with what an intent of this scenario gives."""


def apology(chance: Random, locale: str, said: str, value: str) -> str:
    """Return a reply that failed and says sorry."""
    return _filled(chance, APOLOGIES.get(language_of(locale), ("",)), said, value)


def refusal(chance: Random, locale: str, said: str, value: str) -> str:
    """Return a reply that failed without an apology, "" where the language has none."""
    return _filled(chance, REFUSALS.get(language_of(locale), ("",)), said, value)


def done(chance: Random, locale: str) -> str:
    """Return a reply that tells nothing but that it was done."""
    return chance.choice(DONE.get(language_of(locale), ("",)))


def echo(chance: Random, locale: str, said: str, value: str) -> str:
    """Return a reply to what was done, in the words that were heard."""
    return _filled(chance, ECHOES.get(language_of(locale), ("",)), said, value)


def result(chance: Random, scenario: str) -> str:
    """Return what an intent of a scenario gives, "" for an unknown one."""
    return chance.choice(BY_SCENARIO.get(scenario, ("",)))


def with_tail(chance: Random, locale: str, reply: str) -> str:
    """Return a reply with a remark after it, which says nothing about the outcome; "" stays ""."""
    return f"{reply} {chance.choice(TAILS)}" if reply and language_of(locale) == "en" else reply


def question(chance: Random, locale: str) -> str:
    """Return a question for a detail, "" where the language has none."""
    return chance.choice(ASKING) if language_of(locale) == "en" else ""


def filled(chance: Random, entry: Entry) -> str:
    """Return what is said about a field that was filled."""
    return _capital(chance.choice(FILLED).format(field=entry.field, value=entry.value, thing=entry.thing))


def created(chance: Random, thing: str) -> str:
    """Return what is said about a thing with fields."""
    return chance.choice(CREATED).format(thing=thing, fields=", ".join(FIELDS[thing]))


def lacking(chance: Random, locale: str, detail: str) -> str:
    """Return a refusal for want of a detail, "" where the language has none."""
    return chance.choice(LACKING).format(thing=detail, field=detail) if language_of(locale) == "en" else ""


def _capital(reply: str) -> str:
    return reply[:1].upper() + reply[1:]


def _filled(chance: Random, templates: tuple[str, ...], said: str, value: str) -> str:
    return _capital(chance.choice(templates).format(said=said, value=value))
