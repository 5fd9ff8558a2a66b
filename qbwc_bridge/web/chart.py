"""Paid to date as a step line against the contract price.

In: a Summary. Out: coordinates for an SVG, one picture for wide screens and one for narrow ones, and the same facts in
words. It never knows how the picture is coloured.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from qbwc_bridge.records import Line, Summary
from qbwc_bridge.web.formats import Formats

LONG = 300
"""Days from which an axis names years instead of days."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A label at a place of the picture; ``anchor`` is SVG's start, middle or end."""

    x: int
    y: int
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Picture:
    """All an SVG needs, in units of its viewBox."""

    width: int
    height: int
    left: int
    right: int
    path: str
    rows: tuple[Mark, ...]
    dates: tuple[Mark, ...]
    price: Mark | None


@dataclass(frozen=True, slots=True)
class Chart:
    """The same line twice, and its facts in words."""

    words: str
    wide: Picture
    narrow: Picture


@dataclass(frozen=True, slots=True)
class Scale:
    """From days and money to units of the viewBox."""

    start: date
    end: date
    top: Decimal
    left: int
    right: int
    ceiling: int
    floor: int

    def x(self, day: date) -> int:
        return self.left + round(
            (self.right - self.left) * (day - self.start).days / max((self.end - self.start).days, 1)
        )

    def y(self, amount: Decimal) -> int:
        return self.floor - round((self.floor - self.ceiling) * max(amount, Decimal(0)) / self.top)


def draw(summary: Summary, formats: Formats) -> Chart | None:
    """None below two payments, where a line would say nothing."""
    lines = [line for line in summary.lines if line.status == "posted"]
    if len(lines) < 2 or summary.paid_to_date <= 0:
        return None
    return Chart(
        words=_words(summary, lines, formats),
        wide=_picture(summary, lines, formats, width=720, height=200, ticks=4),
        narrow=_picture(summary, lines, formats, width=320, height=190, ticks=2),
    )


def _picture(summary: Summary, lines: list[Line], formats: Formats, *, width: int, height: int, ticks: int) -> Picture:
    top = max(summary.contract_price or Decimal(0), summary.paid_to_date)
    start, end = lines[0].date, _end(summary, lines, formats)
    scale = Scale(start, end, top, left=58, right=width - 8, ceiling=28, floor=height - 32)
    year = (end - start).days > LONG
    shares = [Decimal(0), Decimal("0.5"), Decimal(1)] if ticks > 2 else [Decimal(0), Decimal(1)]
    return Picture(
        width=width,
        height=height,
        left=scale.left,
        right=scale.right,
        path=_path(scale, lines),
        rows=tuple(Mark(scale.left - 8, scale.y(top * share), formats.short(top * share), "end") for share in shares),
        dates=tuple(_dates(scale, formats, ticks, year, height - 10)),
        price=_price(summary, scale),
    )


def _end(summary: Summary, lines: list[Line], formats: Formats) -> date:
    """Up to the day the figures speak of; never a label in the future."""
    last = lines[-1].date
    return max(last, formats.clock.local(summary.synced_at).date()) if summary.synced_at else last


def _path(scale: Scale, lines: list[Line]) -> str:
    by_day = {line.date: line.running_total for line in lines}  # the last of each day, and of each unit of the viewBox
    reached = {scale.x(day): total for day, total in by_day.items()}
    steps = "".join(f"H{x}V{scale.y(total)}" for x, total in reached.items())
    return f"M{scale.left} {scale.floor}{steps}H{scale.right}"


def _dates(scale: Scale, formats: Formats, ticks: int, year: bool, y: int) -> list[Mark]:
    span = (scale.end - scale.start).days
    marks: list[Mark] = []
    for at in range(ticks):
        day = scale.start + timedelta(days=span * at // (ticks - 1))
        anchor = "start" if at == 0 else "end" if at == ticks - 1 else "middle"
        mark = Mark(scale.x(day), y, formats.mark(day, year=year), anchor)
        if mark.label not in {earlier.label for earlier in marks}:
            marks.append(mark)
    return marks


def _price(summary: Summary, scale: Scale) -> Mark | None:
    if not summary.contract_price:
        return None
    overpaid = summary.paid_to_date > summary.contract_price  # then the line passes above on the right
    x, anchor = (scale.left + 4, "start") if overpaid else (scale.right, "end")
    return Mark(x, scale.y(summary.contract_price), "Contract price", anchor)


def _words(summary: Summary, lines: list[Line], formats: Formats) -> str:
    first, last = lines[0], lines[-1]
    rise = (
        f"Paid to date rises in {len(lines)} payments from {formats.money(first.running_total)} "
        f"on {formats.day(first.date)} to {formats.money(last.running_total)} on {formats.day(last.date)}."
    )
    if not summary.contract_price:
        return rise
    return f"{rise} The contract price is {formats.money(summary.contract_price)}."
