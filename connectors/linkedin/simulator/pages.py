"""The pages of the simulated LinkedIn that people look at: consent and feed. Nothing is loaded from elsewhere."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

from connectors.linkedin.simulator.store import Member, Post

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .25rem; }
.note { color: var(--quiet); margin: 0 0 1.5rem; }
article, form { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 0 0 1rem; }
.who { display: flex; justify-content: space-between; gap: 1rem; margin: 0 0 .5rem; }
.who b { font-weight: 600; }
time, .counts { color: var(--quiet); font-size: .875rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .75rem; }
.card { display: block; border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; margin: 0 0 .75rem;
  color: inherit; text-decoration: none; }
.card small { color: var(--quiet); }
.card b, .card small { display: block; overflow-wrap: anywhere; }
label { display: block; margin: 0 0 1rem; }
input { display: block; width: 100%; font: inherit; padding: .5rem; margin-top: .25rem; }
button { font: inherit; padding: .5rem 1rem; margin-inline-end: .5rem; }
"""


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body><main>{body}</main></body></html>'
    )


def consent_page(
    *, client_id: str, scopes: Sequence[str], query: Mapping[str, str], member_names: Sequence[str]
) -> str:
    """Asks who is signing in and whether they allow it; the original query travels in hidden fields."""
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in query.items())
    wanted = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    known = "".join(f'<option value="{escape(name)}">' for name in member_names)
    return _page(
        "Sign in to LinkedIn (simulated)",
        "<h1>Sign in to LinkedIn (simulated)</h1>"
        f'<p class="note">The app <code>{escape(client_id)}</code> asks for:</p><ul>{wanted}</ul>'
        f'<form method="post">{hidden}<label>Your name on LinkedIn'
        f'<input name="member_name" list="members" dir="auto" autocomplete="off" autofocus></label>'
        f'<datalist id="members">{known}</datalist>'
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="cancel">Cancel</button></form>',
    )


def message_page(title: str, text: str) -> str:
    """One thing to say."""
    return _page(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p>")


def feed_page(posts: Sequence[tuple[Post, Member, Mapping[str, int], str | None, Sequence[str]]]) -> str:
    """The posts as people would see them, newest first, each with what it passes on and what was said under it."""
    shown = "".join(_post(*one) for one in posts)
    return _page(
        "Feed (simulated LinkedIn)",
        '<h1>Feed</h1><p class="note">Simulated LinkedIn: what people would see, newest first.</p>'
        + (shown or "<p>Nobody has posted anything yet.</p>"),
    )


def _post(post: Post, member: Member, counts: Mapping[str, int], passed_on: str | None, said: Sequence[str]) -> str:
    at = post.created_at.strftime("%Y-%m-%d %H:%M UTC")
    numbers = " · ".join(f"{counts[name]:,} {name}" for name in counts)
    text = f'<p class="text" dir="auto">{escape(post.text)}</p>' if post.text else ""
    return (
        f'<article id="{escape(post.urn)}"><p class="who"><b dir="auto">{escape(member.name)}</b>'
        f'<time datetime="{post.created_at.isoformat()}">{at}</time></p>{text}{_card(post)}{_files(post)}'
        f'{_quoted(passed_on)}<p class="counts">{numbers}</p>{"".join(map(_quoted, said))}</article>'
    )


def _card(post: Post) -> str:
    if post.article is None:
        return ""
    source = post.article["source"]
    description = post.article.get("description")
    more = f'<small dir="auto">{escape(description)}</small>' if description else ""
    return (
        f'<a class="card" rel="noopener noreferrer" href="{escape(source)}">'
        f'<b dir="auto">{escape(post.article["title"])}</b>{more}<small>{escape(urlsplit(source).netloc)}</small></a>'
    )


def _quoted(text: str | None) -> str:
    return "" if text is None else f'<blockquote class="text" dir="auto">{escape(text)}</blockquote>'


def _files(post: Post) -> str:
    """Files by their words: the simulator keeps no bytes."""
    content = post.content or {}
    files = content.get("multiImage", {}).get("images", []) or [content[key] for key in ("media",) if key in content]
    shown = [f"[{file['id'].split(':')[2]}] {file.get('altText') or file.get('title') or ''}" for file in files]
    return "".join(f'<p class="text card" dir="auto">{escape(words)}</p>' for words in shown)
