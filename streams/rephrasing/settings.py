"""What an operator may change about rephrase models, with ranges and reasons. Knows no model and reads no file."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

RULES: Final = "rules"
"""Says: the rules of ``streams.detect.rephrase``."""

SHIPPED: Final = "shipped"
"""Says: the student that comes with the program."""

OFF: Final = ""
"""Says: none."""

DEFAULT_MODEL: Final = SHIPPED

PATH_LENGTH_MAX: Final = 4_096
"""The longest path that Linux takes."""

STUDENTS: Final = "`shipped`, `rules` or the path of a student's file"


class RephraseSettings(BaseModel):
    """Settings of the rephrase models: which one acts, which ones look on or are asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rephrase_model: str = Field(
        DEFAULT_MODEL,
        min_length=1,
        max_length=PATH_LENGTH_MAX,
        description="The model that decides what rewords what; a file that changes is taken up without a restart.",
        json_schema_extra={"takes": STUDENTS},
    )
    rephrase_precision: Literal["int8", "float32"] = Field(
        "int8", description="What students compute in: int8 is faster, float32 is what they were trained in."
    )
    shadow_model: str = Field(
        OFF,
        max_length=PATH_LENGTH_MAX,
        description="A model that scores the same pairs while nothing acts on it; metrics tell how often both agree.",
        json_schema_extra={"takes": f"{STUDENTS}; empty for none"},
    )
    second_opinion_model: str = Field(
        OFF,
        max_length=PATH_LENGTH_MAX,
        description="A teacher that is asked about pairs the model is unsure of; it needs the extra `models`.",
        json_schema_extra={"takes": "the path of a teacher's folder; empty for none"},
    )
    second_opinion_share: float = Field(
        0.02,
        ge=0.0,
        le=1.0,
        description="Share of pairs to ask the teacher about; one costs it as much as hundreds cost the model.",
    )
