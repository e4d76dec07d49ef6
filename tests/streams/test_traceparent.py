"""A traceparent is passed on as the specification says, and what is malformed is none."""

import pytest

from streams.traceparent import is_sampled, known

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize("flags", ["00", "01"])
def test_what_is_well_formed_is_passed_on(flags: str) -> None:
    """It comes out as it came, and says whether it asks for spans."""
    text = f"00-{TRACE}-{SPAN}-{flags}"
    assert known(text) == text
    assert is_sampled(text) is (flags == "01")


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    """What a later version appends is cut off, and only the flag that is known is kept."""
    assert known(f"cc-{TRACE}-{SPAN}-ff-more") == f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "play jazz",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"cc-{TRACE}-{SPAN}-01-{'x' * 256}",
    ],
)
def test_what_is_malformed_is_none(text: str) -> None:
    """The forbidden version, capitals, zeros, wrong lengths and texts are no traceparents."""
    assert known(text) == ""
