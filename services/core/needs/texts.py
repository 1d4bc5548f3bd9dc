"""Words about needs."""

from __future__ import annotations

from services.core.kit.texts import Language, Text
from services.core.needs.models import NeedState, NeedTopic

_TOPICS: dict[NeedTopic, Text] = {
    NeedTopic.CONTENT: Text(en="content", he="תוכן"),
    NeedTopic.SUPPORT: Text(en="support", he="תמיכה"),
    NeedTopic.TRAINING: Text(en="training", he="הדרכה"),
    NeedTopic.POLICY: Text(en="policy", he="מדיניות"),
    NeedTopic.OTHER: Text(en="something else", he="נושא אחר"),
}

#: What a request is, after “the request is”.
STATE_NAMES: dict[NeedState, Text] = {
    NeedState.OPEN: Text(en="open", he="פתוחה"),
    NeedState.ANSWERED: Text(en="answered", he="נענתה"),
    NeedState.PLANNED: Text(en="planned", he="נכנסה לתכנון"),
    NeedState.DECLINED: Text(en="not this time", he="לא הפעם"),
    NeedState.CLOSED: Text(en="closed", he="נסגרה"),
}


def topic_name(topic: NeedTopic, language: Language) -> str:
    """A topic, for a reader of ``language``."""
    return _TOPICS[topic].in_language(language)


def state_name(state: NeedState, language: Language) -> str:
    """A state, for a reader of ``language``."""
    return STATE_NAMES[state].in_language(language)
