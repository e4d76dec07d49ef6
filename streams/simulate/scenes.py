"""Goals, dialogues and traps written for the simulation. Knows words only, no chances of an assistant but its own.

A scene's goal: ``(name, domain, intent, slots, wordings)``; a wording is ``(said, weight, garbles)``; a garble is
``(heard, share)``: how often this is heard instead. ``FAILS`` lists texts that the assistant cannot do at their state.
"""

from typing import Final, NamedTuple

Garble = tuple[str, float]


class Way(NamedTuple):
    """A wording: words, weight, what else is heard for it with which share."""

    said: str
    weight: float = 1.0
    garbles: tuple[Garble, ...] = ()


class Scene(NamedTuple):
    """A goal with its wordings. ``state`` is "" for a request; ``rank`` is its popularity, 1 the highest."""

    name: str
    state: str
    domain: str
    intent: str
    slots: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]
    rank: float = 20.0


REQUESTS: Final[tuple[Scene, ...]] = (
    Scene("next song", "", "music", "next", (), (Way("next song"), Way("skip this song", 0.7), Way("next", 0.25)), 8),
    Scene(
        "joke", "", "general", "joke", (),
        (Way("tell me a joke", 2, (("tell me a coke", 0.2),)), Way("make me laugh"), Way("say something funny")), 8,
    ),
    Scene(
        "kitchen on", "", "iot", "light_on", (("room", "kitchen"),),
        (Way("turn on the kitchen light", 2, (("turn on the chicken light", 0.2),)), Way("kitchen light on"),
         Way("switch on the light in the kitchen", 0.6)), 7,
    ),
    Scene(
        "kitchen off", "", "iot", "light_off", (("room", "kitchen"),),
        (Way("turn off the kitchen light", 2,
             (("turn of the kitchen light", 0.22), ("turn on the kitchen light", 0.06))),
         Way("kitchen light off"), Way("switch off the light in the kitchen", 0.6)), 7,
    ),
    Scene(
        "bedroom on", "", "iot", "light_on", (("room", "bedroom"),),
        (Way("turn on the bedroom light", 2, (("turn on the bad room light", 0.2),)), Way("bedroom light on")), 12,
    ),
    Scene(
        "bedroom off", "", "iot", "light_off", (("room", "bedroom"),),
        (Way("turn off the bedroom light", 2, (("turn on the bedroom light", 0.08),)), Way("bedroom light off"),
         Way("kill the bedroom light", 0.5)), 12,
    ),
    Scene(
        "remind nine", "", "calendar", "remind", (("time", "nine am"),),
        (Way("remind me at nine am", 2, (("remind me at five am", 0.4),)), Way("set a reminder for nine am")), 10,
    ),
    Scene(
        "remind five", "", "calendar", "remind", (("time", "five am"),),
        (Way("remind me at five am", 1), Way("set a reminder for five am")), 400,
    ),
    Scene(
        "add milk", "", "lists", "add", (("item", "milk"),),
        (Way("add milk to my shopping list"), Way("put milk on my shopping list")), 9,
    ),
    Scene(
        "add eggs", "", "lists", "add", (("item", "eggs"),),
        (Way("add eggs to my shopping list"), Way("put eggs on my shopping list")), 30,
    ),
    Scene(
        "weather today", "", "weather", "query", (("date", "today"),),
        (Way("what is the weather today"), Way("weather today")), 5,
    ),
    Scene(
        "weather tomorrow", "", "weather", "query", (("date", "tomorrow"),),
        (Way("what is the weather tomorrow"), Way("weather tomorrow")), 30,
    ),
    Scene(
        "lamp", "", "iot", "light_on", (("device", "hall lamp"),),
        (Way("turn on the hall lamp"), Way("hall lamp on")), 16,
    ),
    Scene(
        "lamps", "", "iot", "light_on", (("device", "hall lights"),),
        (Way("turn on the hall lights"), Way("hall lights on")), 50,
    ),
    Scene(
        "london time", "", "datetime", "query", (("place", "london"),),
        (Way("what time is it in london"), Way("time in london")), 18,
    ),
    Scene(
        "paris time", "", "datetime", "query", (("place", "paris"),),
        (Way("what time is it in paris"), Way("time in paris")), 60,
    ),
    Scene("play jazz", "", "play", "music", (("genre", "jazz"),), (Way("play some jazz"), Way("put on some jazz")), 14),
    Scene(
        "play jazz piano", "", "play", "music", (("genre", "jazz piano"),),
        (Way("play some jazz piano"), Way("put on jazz piano")), 60,
    ),
    Scene("horoscope", "", "general", "horoscope", (), (Way("read my horoscope"), Way("what is my horoscope")), 50),
    Scene("fun fact", "", "general", "fact", (), (Way("tell me a fun fact"), Way("give me a fun fact")), 30),
    Scene("photos", "", "media", "show_photos", (), (Way("show me my photos"), Way("open my photos")), 50),
    Scene("calendar", "", "calendar", "show", (), (Way("show me my calendar"), Way("open my calendar")), 24),
    Scene(
        "dishwasher", "", "iot", "appliance_on", (("device", "dishwasher"),),
        (Way("turn on the dishwasher"), Way("start the dishwasher")), 50,
    ),
    Scene(
        "timer", "", "timer", "set", (("duration", "one hour"),),
        (Way("set a timer for one hour"), Way("one hour timer")), 24,
    ),
    Scene(
        "television news", "", "play", "tv", (("channel", "news"),),
        (Way("play the news on tv"), Way("news on tv")), 50,
    ),
    Scene(
        "news", "", "play", "news", (),
        (Way("play the news", 2, (("play the noose", 0.18),)), Way("give me the news")), 10,
    ),
    Scene(
        "song thriller", "", "play", "music", (("song", "thriller"),),
        (Way("play thriller", 2), Way("play the song thriller", 0.6)), 14,
    ),
    Scene(
        "book thriller", "", "play", "audiobook", (("title", "the thriller"),),
        (Way("play the thriller", 2.6, (("play thriller", 0.75),)), Way("read the thriller to me", 0.6)), 14,
    ),
    Scene(
        "heating down", "", "iot", "heating_down", (),
        (Way("turn it down a bit", 2, (("turn it down", 0.45),)), Way("lower the heating")), 14,
    ),
    Scene(
        "volume down", "", "audio", "volume_down", (),
        (Way("turn it down a notch", 2, (("turn it down", 0.45),)), Way("lower the volume")), 14,
    ),
    Scene(
        "events today", "", "calendar", "query", (("date", "today"),),
        (Way("what's up today", 2, (("what's today", 0.4),)), Way("show today's events")), 15,
    ),
    Scene(
        "news today", "", "news", "query", (("date", "today"),),
        (Way("what's new today", 2, (("what's today", 0.4),)), Way("today's headlines")), 15,
    ),
    Scene(
        "trains reading", "", "transport", "query", (("place", "reading"),),
        (Way("trains to reading", 2), Way("when do trains leave for reading", 0.7)), 20,
    ),
    Scene(
        "trains redding", "", "transport", "query", (("place", "redding"),),
        (Way("trains to redding", 2.6, (("trains to reading", 0.75),)),
         Way("trains to redding in california", 0.7)), 20,
    ),
    Scene(
        "alarm seven", "", "alarm", "set", (("time", "seven am"),),
        (Way("set an alarm for seven am", 2, (("set an arm for seven am", 0.3),)), Way("alarm at seven am")), 8,
    ),
    Scene(
        "pay bill", "", "payment", "pay_bill", (),
        (Way("pay my electricity bill", 2, (("play my electricity bill", 0.3),)), Way("pay the electricity bill")), 18,
    ),
    Scene(
        "trip", "", "transport", "plan", (),
        (Way("plan a trip", 2), Way("i need directions"), Way("get me directions")), 2.5,
    ),
    Scene(
        "cook", "", "cooking", "start", (),
        (Way("start a recipe", 2), Way("let's cook something"), Way("help me cook dinner", 0.7)), 2.5,
    ),
    Scene(
        "briefing", "", "news", "briefing", (),
        (Way("read me the headlines", 2), Way("news briefing"), Way("brief me")), 4,
    ),
    Scene(
        "list", "", "lists", "create", (),
        (Way("make a new list", 2), Way("start a new list"), Way("create a list")), 4,
    ),
)  # fmt: skip

ANSWERS: Final[tuple[Scene, ...]] = (
    Scene(
        "go on", "step", "dialogue", "continue", (),
        (Way("continue", 5), Way("yes", 3), Way("next", 2.2), Way("go on", 1), Way("carry on", 0.5)), 1,
    ),
    Scene("more", "more", "dialogue", "continue", (), (Way("next", 3), Way("yes", 3), Way("continue", 1)), 1),
    Scene("enough", "more", "dialogue", "done", (), (Way("stop", 2), Way("that's enough", 2), Way("no thanks")), 3),
    Scene(
        "repeat", "step", "dialogue", "repeat", (),
        (Way("repeat", 2), Way("say that again"), Way("what was that", 0.5)), 6,
    ),
    Scene(
        "pittsburgh", "place", "transport", "inform", (("place", "pittsburgh"),),
        (Way("pittsburgh", 3, (("pits burger", 0.3),)), Way("to pittsburgh")), 1,
    ),
    Scene(
        "boston", "place", "transport", "inform", (("place", "boston"),),
        (Way("boston", 3, (("bust on", 0.25),)), Way("to boston")), 2,
    ),
    Scene(
        "new york", "place", "transport", "inform", (("place", "new york"),),
        (Way("new york", 3), Way("new york city")), 2.4,
    ),
    Scene(
        "newark", "place", "transport", "inform", (("place", "newark"),),
        (Way("newark", 3, (("new york", 0.5),)), Way("newark in new jersey")), 2.4,
    ),
    Scene(
        "cleveland", "place", "transport", "inform", (("place", "cleveland"),),
        (Way("cleveland", 3, (("leave land", 0.3),)), Way("to cleveland")), 3,
    ),
    Scene(
        "airport", "place", "transport", "inform", (("place", "airport"),),
        (Way("the airport", 3, (("the report", 0.2),)), Way("airport")), 2,
    ),
    Scene(
        "downtown", "place", "transport", "inform", (("place", "downtown"),),
        (Way("downtown", 3), Way("the city centre", 0.8)), 3,
    ),
    Scene("yes place", "confirm_place", "dialogue", "affirm", (), (Way("yes", 5), Way("yeah", 2), Way("correct")), 1),
    Scene("no place", "confirm_place", "dialogue", "deny", (), (Way("no", 5), Way("no that's wrong")), 1),
    Scene(
        "now", "time", "transport", "inform", (("time", "now"),),
        (Way("now", 5, (("no", 0.2),)), Way("right now", 2)), 1,
    ),
    Scene("no time", "time", "dialogue", "deny", (), (Way("no", 5), Way("none")), 9),
    Scene(
        "tomorrow", "time", "transport", "inform", (("time", "tomorrow"),),
        (Way("tomorrow", 3, (("two morrow", 0.15),)), Way("tomorrow morning", 0.6)), 3,
    ),
    Scene(
        "at five", "time", "transport", "inform", (("time", "five"),),
        (Way("at five", 2, (("at nine", 0.1),)), Way("five o'clock")), 4,
    ),
    Scene(
        "at nine", "time", "transport", "inform", (("time", "nine"),),
        (Way("at nine", 2, (("at five", 0.1),)), Way("nine o'clock")), 4,
    ),
    Scene("text me", "pause", "dialogue", "affirm", (), (Way("yes", 4), Way("yes please", 2), Way("sure")), 1),
    Scene("no text", "pause", "dialogue", "deny", (), (Way("no", 5), Way("no thanks", 2)), 1),
    Scene(
        "milk", "list_item", "lists", "item", (("item", "milk"),),
        (Way("milk", 3, (("silk", 0.2),)), Way("some milk")), 2,
    ),
    Scene(
        "eggs", "list_item", "lists", "item", (("item", "eggs"),),
        (Way("eggs", 3, (("x", 0.2),)), Way("a dozen eggs")), 2,
    ),
    Scene(
        "bread", "list_item", "lists", "item", (("item", "bread"),),
        (Way("bread", 3, (("red", 0.2),)), Way("a loaf of bread")), 2.5,
    ),
    Scene(
        "butter", "list_item", "lists", "item", (("item", "butter"),),
        (Way("butter", 3, (("but her", 0.15),)), Way("some butter")), 4,
    ),
    Scene(
        "that's all", "list_item", "dialogue", "done", (),
        (Way("that's all", 4), Way("that's it", 2), Way("i'm done", 2)), 0.8,
    ),
)  # fmt: skip

FAILS: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("step", "next"), ("step", "carry on"), ("place", "to cleveland"), ("time", "no"), ("list_item", "i'm done"),
        ("", "kill the bedroom light"), ("", "turn it down"), ("", "what's today"), ("", "lower the heating by two"),
    }
)  # fmt: skip
"""Texts in their state that the assistant cannot do, though people really say or get them."""

FOLLOWED_BY: Final = {
    "add milk": ("add eggs", 0.4), "weather today": ("weather tomorrow", 0.4), "lamp": ("lamps", 0.4),
    "london time": ("paris time", 0.4), "play jazz": ("play jazz piano", 0.4),
}  # fmt: skip
"""Requests that work and are often followed by a like one: name -> (name, share)."""

NOT_OFFERED: Final = {
    "horoscope": "fun fact", "photos": "calendar", "dishwasher": "timer", "television news": "news",
}  # fmt: skip
"""Requests that are understood but not offered, and what people ask for instead."""

ENJOYED: Final = {"joke": 0.2, "next song": 0.3, "fun fact": 0.15}
"""Requests asked again because they were good: name -> share of successes."""

TRAPS: Final = {
    ("", "play thriller"): "mixed", ("", "turn it down"): "mixed", ("", "what's today"): "mixed",
    ("", "trains to reading"): "mixed", ("place", "new york"): "mixed", ("time", "no"): "no for now",
    ("", "remind me at five am"): "number", ("time", "at nine"): "number", ("time", "at five"): "number",
    ("", "turn on the kitchen light"): "on and off", ("", "turn on the bedroom light"): "on and off",
    ("", "set an arm for seven am"): "protected", ("", "play my electricity bill"): "protected",
}  # fmt: skip
"""Texts from which no rewrite may start, though people's reactions suggest one. Those of other tables are added."""
