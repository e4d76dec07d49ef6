"""What an operator may change about detection, with ranges and reasons. Knows nothing of where values come from."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Weight = Annotated[float, Field(gt=0.0, le=1.0)]
"""How much a sign counts as evidence; above 1 the tests downstream would not be valid."""


class DetectSettings(BaseModel):
    """Settings of the detect stage. Durations in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gap_ms: int = Field(45_000, ge=1_000, le=600_000, description="Longest pause inside one goal attempt.")
    lateness_ms: int = Field(5_000, ge=0, le=600_000, description="How late a record may arrive and change a trail.")
    context_turns: int = Field(4, ge=0, le=16, description="Other goal attempts a person may have open at once.")
    clock_ahead_ms_max: int = Field(
        300_000, ge=0, description="How far a producer's clock may run ahead of the broker."
    )
    shared_users: tuple[str, ...] = Field((), description="Users that are many people; each session counts as a user.")
    barge_in_early_ms: int = Field(1_500, ge=0, description="A reply cut before this was not wanted.")
    doubt_score: float = Field(
        0.15, ge=0.0, le=1.0, description="A next turn this likely a rephrase, but not joined, leaves the outcome open."
    )
    cancel_within_ms: int = Field(10_000, ge=0, description='"Stop" this soon after a reply is about that reply.')
    undo_within_ms: int = Field(
        300_000,
        ge=0,
        le=3_600_000,
        description='"I didn\'t say that" this soon after a served turn, and next on its device, is about it.',
    )
    playback_long_ms: int = Field(30_000, ge=0, description="Playback this long is approval.")
    confirmation_states: tuple[str, ...] = Field(
        ("confirm",), description="Prefixes of question ids whose denial takes the answer before them back."
    )
    repeat_means: dict[str, Literal["failure", "approval"]] = Field(
        default_factory=dict, description="What saying the same again means, by intent; failure when not named."
    )
    repeat_soon_ms: int = Field(300_000, ge=0, description="A repeat this soon is approval of what is enjoyed again.")
    repeat_later_ms: tuple[int, int] = Field(
        (3_600_000, 90_000_000), description="So is one within this range: the same hour on another day."
    )
    correction_ms: int = Field(86_400_000, ge=0, description="How long a served rewrite can be complained about.")
    weight_explicit: Weight = Field(1.0, description="Weight of an explicit no or thumbs down.")
    weight_status: Weight = Field(1.0, description="Weight of a reply that says it failed or asks again.")
    weight_rephrase: Weight = Field(1.0, description="Weight of being rephrased or repeated.")
    weight_barge_in: Weight = Field(1.0, description="Weight of a disruptive barge-in.")
    weight_cancel: Weight = Field(1.0, description="Weight of being cancelled at once.")
    weight_success: Weight = Field(1.0, description="Weight of an answer nobody complained about.")
