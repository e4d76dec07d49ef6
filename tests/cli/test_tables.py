"""How results look in a terminal."""

import pytest
from rich.console import Console

from streams.tables import table
from streams.wording import printable, short


def test_what_people_said_cannot_steer_the_terminal() -> None:
    """Escape codes and markup in a text are shown, not obeyed."""
    console = Console(width=60, record=True, force_terminal=True)
    with console.capture() as capture:
        console.print(table("Texts", ("said",), [("\x1b[2Jred [bold]alert[/bold]\x07",)]))
    assert "\x1b[2J" not in capture.get()
    assert "[bold]alert[/bold]" in capture.get()


@pytest.mark.parametrize("text", ["आवाज़ बढ़ाओ", "ปิดไฟ", "أطفئ النور", "💡 on"])
def test_texts_of_every_script_stay_as_they_are(text: str) -> None:
    """Only what steers a terminal is replaced."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("number", "shown"),
    [(35.218, "35.2"), (1.0, "1"), (0.0123456, "0.0123"), (123456.7, "123,457"), (float("inf"), "inf")],
)
def test_numbers_show_the_digits_that_matter(number: float, shown: str) -> None:
    """About three digits, and no exponent for what a person can read."""
    assert short(number) == shown
