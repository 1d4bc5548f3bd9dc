"""A person at the consent page, played by a program."""

from urllib.parse import parse_qsl, urlsplit

import httpx2


async def consent(
    http: httpx2.AsyncClient, authorization_url: str, *, member_name: str, decision: str = "allow"
) -> str:
    """Opens the page, answers its form (`allow` or `cancel`) and gives the address that the browser is sent back to.

    Raises ValueError with the page's status when it refuses.
    """
    parts = urlsplit(authorization_url)
    page = await http.get(authorization_url)
    if page.status_code != 200:
        raise ValueError(f"the consent page answered {page.status_code}")
    form = {**dict(parse_qsl(parts.query)), "member_name": member_name, "decision": decision}
    answer = await http.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form, follow_redirects=False)
    if answer.status_code != 302:
        raise ValueError(f"the consent form answered {answer.status_code}")
    return str(answer.headers["location"])
