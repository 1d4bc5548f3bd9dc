"""What surveys refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text

IN_THE_FUTURE = Text(en="Give a day that has begun.", he="יש לתת יום שכבר החל.")


class RoundThereAlready(Conflict):
    """The round was imported before."""

    code = "survey_round_exists"
    title = Text(en="This round is there already", he="סבב זה כבר נקלט")
    detail = Text(
        en="The round {external_id} of {source} was imported before. Delete it first if its answers have changed.",
        he="הסבב {external_id} מ-{source} כבר יובא. אם התשובות השתנו, יש למחוק אותו תחילה.",
    )
