"""The month as one HTML file: nothing is loaded from elsewhere, and nothing in it can be more than text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from installer.usage.summary import PersonHours, Price, total

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2530}"
    "h1{font-size:1.6rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}p.sub{color:#55606e;margin-top:.2rem}"
    "table{border-collapse:collapse;width:100%;margin-top:1rem}"
    "th,td{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #d8dee6;overflow-wrap:anywhere}"
    "td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "tfoot th,tfoot td{border-bottom:0;border-top:2px solid #9aa5b3;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{background:#14181d;color:#e6eaf0}p.sub{color:#9aa5b3}"
    "th,td{border-color:#333c47}}"
)
_COLUMNS = ("Sessions", "Hours", "GPU hours", "USD")


@dataclass(frozen=True, slots=True)
class Month:
    """What a page tells: `month` is YYYY-MM, `unread` what could not be read of the reports."""

    title: str
    month: str
    people: Sequence[PersonHours]
    prices: Sequence[Price]
    unread: int = 0
    without_price: Sequence[str] = ()


def page(told: Month) -> str:
    """Who used how much, and what the prices rest on."""
    year, month = map(int, told.month.split("-"))
    name = escape(f"{told.title}, {date(year, month, 1):%B %Y}")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>{_STYLE}</style></head><body><h1>{name}</h1>"
        "<p class=sub>Hours of the sessions that ended, by the service's daily reports (UTC). "
        "GPU hours are hours on an instance with a GPU.</p>"
        f"{_table(told.people)}{_unread(told.unread)}<h2>Prices</h2>{_prices(told)}</body></html>\n"
    )


def _table(people: Sequence[PersonHours]) -> str:
    head = "".join(f'<th scope="col" class=n>{name}</th>' for name in _COLUMNS)
    rows = "".join(f"<tr><td>{escape(one.user)}</td>{_numbers(one)}</tr>" for one in people)
    if not people:
        rows = f'<tr><td colspan="{len(_COLUMNS) + 1}">Nobody was on.</td></tr>'
    foot = f'<tfoot><tr><th scope="row">Together</th>{_numbers(total(people))}</tr></tfoot>' if len(people) > 1 else ""
    return f'<table><thead><tr><th scope="col">Person</th>{head}</tr></thead><tbody>{rows}</tbody>{foot}</table>'


def _numbers(one: PersonHours) -> str:
    cost = "not known" if one.usd is None else f"{one.usd:.2f}"
    cells = (str(one.sessions), f"{one.hours:.2f}", f"{one.gpu_hours:.2f}", cost)
    return "".join(f"<td class=n>{cell}</td>" for cell in cells)


def _unread(count: int) -> str:
    return f"<p>{count} rows or reports could not be read; their hours are missing here.</p>" if count else ""


def _prices(told: Month) -> str:
    known = "".join(f"<li>{escape(_price(one))}</li>" for one in told.prices) or "<li>No prices are known.</li>"
    missing = "".join(f"<li>{escape(kind)}: no price is known</li>" for kind in told.without_price)
    without = "<p>The sum leaves out people whose cost is not known.</p>" if told.without_price else ""
    return f"<ul>{known}{missing}</ul>{without}"


def _price(one: Price) -> str:
    return f"{one.instance_type} ({one.system}): {one.usd_per_hour:.3f} USD an hour on {one.day}, {one.source}"
