"""The month as one HTML file: nothing is loaded from elsewhere, and nothing in it can be more than text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from installer.usage.summary import PersonHours, Price

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2530}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;color:#55606e;padding:.5rem 0}"
    "th,td{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #d8dee6}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "@media(prefers-color-scheme:dark){body{background:#14181d;color:#e6eaf0}th,td{border-color:#333c47}}"
)


def page(title: str, month: str, people: Sequence[PersonHours], prices: Sequence[Price], unread: int) -> str:
    """Who used how much, and what the prices rest on."""
    rows = "".join(_row(one) for one in people) or '<tr><td colspan="5">Nobody was on.</td></tr>'
    sources = "".join(f"<li>{escape(_price(one))}</li>" for one in prices) or "<li>No prices are known.</li>"
    wrong = f"<p>{unread} rows or reports could not be read.</p>" if unread else ""
    head = "".join(
        f'<th scope="col"{css}>{name}</th>'
        for name, css in (("Person", ""), *((name, ' class="n"') for name in ("Sessions", "Hours", "GPU hours", "USD")))
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} {escape(month)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}, {escape(month)}</h1><table><caption>By the service's daily reports</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{wrong}"
        f"<h2>Prices</h2><ul>{sources}</ul></body></html>\n"
    )


def _row(one: PersonHours) -> str:
    numbers = (
        str(one.sessions),
        f"{one.hours:.2f}",
        f"{one.gpu_hours:.2f}",
        "not known" if one.usd is None else f"{one.usd:.2f}",
    )
    return f"<tr><td>{escape(one.user)}</td>{''.join(f'<td class=n>{number}</td>' for number in numbers)}</tr>"


def _price(one: Price) -> str:
    return f"{one.instance_type} ({one.system}): {one.usd_per_hour:.3f} USD an hour on {one.day}, {one.source}"
