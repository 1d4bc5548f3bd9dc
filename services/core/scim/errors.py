"""What SCIM refuses, with the words of RFC 7644 section 3.12 beside our own."""

from __future__ import annotations

from typing import ClassVar

from services.core.kit.errors import BadRequest, Conflict, DomainError
from services.core.kit.texts import Text


class ScimRefusal(DomainError):
    """A refusal that identity systems know by ``scim_type``."""

    scim_type: ClassVar[str]


class InvalidFilter(ScimRefusal, BadRequest):
    """The filter cannot be read, or compares what cannot be compared."""

    scim_type = "invalidFilter"
    code = "invalid_filter"
    title = Text(en="This filter cannot be used", he="לא ניתן להשתמש במסנן זה")
    detail = Text(
        en='The filter cannot be used at: {where}. Write it as in: userName eq "maya@lumen.example".',
        he='לא ניתן להשתמש במסנן, במקום: {where}. יש לכתוב אותו כמו: userName eq "maya@lumen.example".',
    )


class InvalidPath(ScimRefusal, BadRequest):
    """The path names no attribute of ours."""

    scim_type = "invalidPath"
    code = "invalid_path"
    title = Text(en="This path names nothing", he="הנתיב אינו מצביע על דבר")
    detail = Text(
        en="There is no attribute at {path}. See /Schemas for what there is.",
        he="אין מאפיין בנתיב {path}. ראו ‎/Schemas‎ לרשימת המאפיינים.",
    )


class InvalidValue(ScimRefusal, BadRequest):
    """A value has the wrong type or form, or is missing."""

    scim_type = "invalidValue"
    code = "invalid_value"
    title = Text(en="This value cannot be used", he="לא ניתן להשתמש בערך זה")
    detail = Text(
        en="The value of {path} cannot be used: {expected} is expected.",
        he="לא ניתן להשתמש בערך של {path}: נדרש {expected}.",
    )


class InvalidSyntax(ScimRefusal, BadRequest):
    """The body is not what this request takes."""

    scim_type = "invalidSyntax"
    code = "invalid_syntax"
    title = Text(en="The body cannot be read", he="לא ניתן לקרוא את גוף הבקשה")
    detail = Text(
        en="Send a JSON object as RFC 7644 describes it for this request; look at: {where}.",
        he="יש לשלוח אובייקט JSON כפי ש-RFC 7644 מתאר לבקשה זו; יש לבדוק את: {where}.",
    )


class ReadOnly(ScimRefusal, BadRequest):
    """The attribute is ours to set."""

    scim_type = "mutability"
    code = "read_only_attribute"
    title = Text(en="This attribute cannot be changed", he="לא ניתן לשנות מאפיין זה")
    detail = Text(
        en="{path} is set by this server. Leave it out of the change.",
        he="{path} נקבע על ידי השרת. יש להשמיט אותו מהשינוי.",
    )


class NoTarget(ScimRefusal, BadRequest):
    """The operation does not say what it is about, or nothing is there."""

    scim_type = "noTarget"
    code = "no_target"
    title = Text(en="The operation has no target", he="לפעולה אין יעד")
    detail = Text(
        en="Say in path what the operation is about; nothing fits: {path}.",
        he="יש לציין ב-path על מה הפעולה; דבר אינו מתאים ל: {path}.",
    )


class NotUnique(ScimRefusal, Conflict):
    """Somebody else has this value."""

    scim_type = "uniqueness"
    code = "not_unique"
    title = Text(en="Somebody else has this value", he="ערך זה שייך לאחר")
    detail = Text(
        en="Another entry of your organization has this {attribute}. Look for it with a filter, and change that one or "
        "give another value.",
        he="לרשומה אחרת בארגון יש {attribute} זהה. יש לחפש אותו באמצעות מסנן, ולשנות אותה או לתת ערך אחר.",
    )


class OwnersAreMadeByHand(Conflict):
    """No group may make owners."""

    code = "owner_by_group"
    title = Text(en="A group cannot make owners", he="קבוצה אינה יכולה להעניק בעלות")
    detail = Text(
        en="Give the role of owner to people themselves, with POST /v1/role-grants. Map another role here.",
        he="את תפקיד הבעלים יש לתת לאנשים עצמם, ב-POST /v1/role-grants. כאן יש למפות תפקיד אחר.",
    )


class MappingExists(Conflict):
    """The group gives this role already."""

    code = "group_mapping_exists"
    title = Text(en="Already mapped", he="המיפוי כבר קיים")
    detail = Text(
        en="This group gives this role already. There is nothing to do.",
        he="קבוצה זו כבר מעניקה תפקיד זה. אין צורך לעשות דבר.",
    )
