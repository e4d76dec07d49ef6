"""What an operator may change about learning, with ranges and reasons. Knows nothing of where values come from."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class LearnSettings(BaseModel):
    """Settings of the learn stage. Durations in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alpha: float = Field(0.05, gt=0.0, lt=1.0, description="Chance of ever promoting a worthless candidate.")
    prior_wins: float = Field(9.0, gt=0.0, description="The bet's wins: it expects a win/loss of 9.")
    prior_losses: float = Field(1.0, gt=0.0, description="The bet's losses.")
    p0_means: float = Field(0.4, gt=0.0, lt=1.0, description="Share of meaning the source must beat.")
    p0_fails: float = Field(0.5, gt=0.0, lt=1.0, description="Failure share the source must beat at its state.")
    p0_works: float = Field(0.8, gt=0.0, lt=1.0, description="Success share the target must beat at the state.")
    p0_works_relative: float = Field(0.9, gt=0.0, le=1.0, description="Of the chain's success share, if lower.")
    win_loss_min: float = Field(3.0, ge=1.0, description="Win/loss a served rewrite must beat.")
    repairs_min: int = Field(3, ge=1, description="Users who must have repaired a source to a meaning.")
    explains_similarity: float = Field(
        0.8, ge=0.0, le=1.0, description="A failed text this like the target explains it."
    )
    release: Literal["private", "floor", "both"] = Field("private", description="What lets a text out of the store.")
    users_min: int = Field(
        20, ge=1, le=128, description="Distinct users before a text may leave (release floor, both)."
    )
    release_epsilon: float = Field(1.0, gt=0.0, le=10.0, description="Privacy loss per key and window.")
    release_delta: float = Field(1e-5, gt=0.0, lt=0.1, description="Chance that one user's text leaves.")
    release_look_ms: int = Field(HOUR_MS, ge=60_000, description="Time between two looks at a text's count.")
    release_window_looks: int = Field(720, ge=1, le=10_000, description="Looks per window: 720 hours are 30 days.")
    release_secret: str = Field(
        "not-a-secret",
        min_length=8,
        repr=False,
        description="Key of the release noise. Replays use the public default.",
    )
    keys_per_user_window: int = Field(4, ge=2, le=64, description="Texts a user can help out in one window.")
    protected: tuple[str, ...] = Field(
        ("contact", "payment", "pay", "purchase", "buy", "order", "lock", "unlock", "alarm", "transfer", "dial"),
        description="Words of a domain or intent that no rewrite may touch.",
    )
    half_life_ms: int = Field(30 * DAY_MS, ge=HOUR_MS, description="Age at which a transition counts half.")
    component_nodes_max: int = Field(256, ge=2, le=1_024, description="Nodes solved together; weakest edges are cut.")
    user_days_max: int = Field(512, ge=16, description="User-days counted one by one per question and day.")
    trial_share: float = Field(0.5, gt=0.0, lt=1.0, description="Part of eligible traffic treated in a trial.")
    promoted_share: float = Field(0.9, gt=0.0, lt=1.0, description="Part treated once promoted; the rest is held out.")
    levels: Literal["each", "shared"] = Field(
        "each",
        description="What alpha bounds: the chance of each candidate, or the share of wrong ones among all found.",
    )
    treated_share: float = Field(
        0.7, gt=0.0, lt=1.0, description="Of the target's own success, what treated turns must beat to be promoted."
    )
    expires_after_ms: int = Field(
        90 * DAY_MS, ge=HOUR_MS, description="A rewrite whose source is unseen this long leaves."
    )
    forget_after_ms: int = Field(400 * DAY_MS, ge=DAY_MS, description="Evidence untouched this long is let go.")
    chain_key: Literal["locale", "domain"] = Field(
        "locale", description="What shares one chain: a locale or a domain of it."
    )
    user_salt: str = Field("reprise", repr=False, description="Salt of the user hashes kept in rows.")
    watch_alpha: float = Field(
        1e-4, gt=0.0, lt=0.1, description="One false alarm in 1/this outcomes withdraws a rewrite."
    )
    watch_share: float = Field(0.85, gt=0.0, lt=1.0, description="A live rewrite may fall to this part of its success.")
    cool_off_ms: int = Field(DAY_MS, ge=0, description="Rest after a withdrawal; doubles with each.")
