"""Documents that are made from the manifests, so that they can't drift from them."""

from collections.abc import Iterable

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import ApiKey, ClientCredentials, Manifest, OAuth2Code

#: Between these two lines of a document stands what is generated.
BEGIN = "<!-- generated from the manifests: begin -->"
END = "<!-- generated from the manifests: end -->"


def capability_table(manifests: Iterable[Manifest]) -> str:
    """Connectors x capabilities as a Markdown table; capabilities that nobody has are left out."""
    listed = sorted(manifests, key=lambda manifest: manifest.slug)
    used = [capability for capability in Capability if any(capability in m.capabilities for m in listed)]
    rows = [
        ["Capability", *(manifest.title for manifest in listed)],
        ["---", *("---" for _ in listed)],
        *([capability.label, *("yes" if capability in m.capabilities else "" for m in listed)] for capability in used),
        ["Sign-in", *(_sign_in(m) for m in listed)],
        ["From the vendor", *(manifest.licence.value.replace("_", " ") for manifest in listed)],
        ["Set-up effort", *(manifest.setup_effort.value for manifest in listed)],
        [
            "Cost grows with",
            *(manifest.cost.basis.value.replace("_", " ") if manifest.cost else "" for manifest in listed),
        ],
        ["Version ends", *(m.api_version_sunset_on.isoformat() if m.api_version_sunset_on else "" for m in listed)],
        ["Verified", *(f"{m.verified.how.value.replace('_', ' ')}, {m.verified.on.isoformat()}" for m in listed)],
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def manifest_table(manifest: Manifest) -> str:
    """What one connector can do and which scopes each thing needs, as a Markdown table."""
    rows = [["Capability", "Scopes"], ["---", "---"]]
    for capability in Capability:
        if capability in manifest.capabilities:
            scopes = ", ".join(f"`{scope}`" for scope in manifest.scopes_for(capability))
            rows.append([capability.label, scopes])
    return "\n".join("| " + " | ".join(cells).rstrip() + " |" for cells in rows)


def replace_generated(document: str, generated: str) -> str:
    """The document with its generated part renewed; raises ValueError when it has no place for one."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document needs a line {BEGIN!r} and a line {END!r}")
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"


def _sign_in(manifest: Manifest) -> str:
    match manifest.auth:
        case OAuth2Code():
            return "OAuth 2 code"
        case ClientCredentials():
            return "client credentials"
        case ApiKey():
            return "key"
        case _:
            return "none"
