"""The style sheet of a delivered page: dark on white, one column on a phone, whole tables on paper."""

from __future__ import annotations

from string import Template
from typing import Final

from connector.deliver.files.theme import BAD, FAINT, GOOD, INK, MISSING, MUTED, PANEL, RULE, WRONG, Palette, tint

_STYLE: Final = Template("""
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: $ink; font: 14px/1.45 "$font", "Segoe UI", system-ui, Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 24px; }
h1 { margin: 0; font-size: 26px; line-height: 1.2; color: $title; }
h2 { margin: 40px 0 4px; font-size: 20px; color: $title; border-bottom: 2px solid $primary; padding-bottom: 4px; }
h3 { margin: 26px 0 8px; font-size: 16px; color: $title; }
.brand { color: $muted; font-size: 13px; letter-spacing: .04em; display: flex; align-items: center; gap: 12px;
  margin-bottom: 6px; }
.brand img { display: block; max-height: 44px; max-width: 240px; }
.range { margin: 4px 0 12px; }
.strip { display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 0; padding: 8px 0; border: solid $rule;
  border-width: 1px 0; font-size: 12.5px; }
.strip div { min-width: 92px; }
.strip dt { color: $muted; font-size: 11.5px; }
.strip dd { margin: 0; }
.warns { color: $bad; font-weight: 600; }
nav { margin-top: 12px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
a { color: $title; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px; margin: 18px 0; }
.cards.big { grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); }
.cards.huge { grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); }
.card { background: $panel; border-top: 3px solid $primary; padding: 10px 14px 12px; break-inside: avoid; }
.card .label { color: $muted; font-size: 12.5px; }
.card .value { font-size: 25px; font-weight: 650; line-height: 1.3; white-space: nowrap; }
.big .card .value { font-size: 20px; line-height: 1.6; }
.huge .card .value { font-size: 20px; white-space: normal; overflow-wrap: anywhere; }
.card .against, .card .note { color: $muted; font-size: 12.5px; }
.change { font-weight: 600; white-space: nowrap; }
.good { color: $good; } .bad { color: $bad; } .even { color: $muted; }
.pair { display: flex; flex-wrap: wrap; gap: 8px 40px; align-items: flex-start; }
.pair > .charts { flex: 1 1 480px; }
.pair > .table { flex: 0 1 auto; min-width: 0; max-width: 100%; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); gap: 16px 32px; }
figure { margin: 8px 0; max-width: 620px; min-width: 0; break-inside: avoid; }
figure.long { max-width: 940px; grid-column: 1 / -1; }
figure.broad { max-width: none; grid-column: 1 / -1; }
figcaption { font-weight: 600; margin-bottom: 4px; }
.caption { color: $muted; font-size: 12px; margin: 2px 0 0; }
figure svg { display: block; width: 100%; height: auto; }
figure .narrow { display: none; }
.scroll { overflow-x: auto; margin: 10px 0 4px; }
table { border-collapse: collapse; font-size: 13px; }
th, td { padding: 5px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid $rule; max-width: 380px; }
thead th { background: $head; border-bottom: 2px solid $primary; vertical-align: bottom; }
.n { text-align: right; white-space: nowrap; }
.d { white-space: nowrap; }
.long { min-width: 240px; overflow-wrap: anywhere; }
thead th.n { white-space: normal; }
.comparison { color: $muted; }
.none { color: $faint; }
.small { color: $muted; font-style: italic; }
tfoot td { font-weight: 700; border-top: 1.5px solid $ink; border-bottom: 0; }
.missing { background: $missing; }
.wrong { background: repeating-linear-gradient(135deg, $wrong 0 5px, #fff 5px 9px);
  outline: 1px solid $bad; outline-offset: -1px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 12px; color: $muted; margin: 6px 0; }
.legend span { padding: 1px 8px; }
.notes { margin: 8px 0 0; padding-left: 18px; color: $muted; font-size: 12.5px; }
.notes .warning { color: $bad; font-weight: 600; }
footer { margin-top: 36px; padding-bottom: 24px; color: $muted; font-size: 12px; }
@media (min-width: 1080px) {
  .cards.in3 { grid-template-columns: repeat(3, 1fr); }
  .cards.in4 { grid-template-columns: repeat(4, 1fr); }
  .cards.in5 { grid-template-columns: repeat(5, 1fr); }
}
@media (max-width: 620px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  h1 { font-size: 21px; }
  .cards { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .card { padding: 8px 10px; }
  .card .value { font-size: 19px; }
  .cards.big { grid-template-columns: repeat(2, 1fr); }
  .big .card .value { font-size: 15px; line-height: 1.8; }
  .cards.big { grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); }
.cards.huge { grid-template-columns: 1fr; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
  th, td { padding: 5px 8px; }
  tbody td:first-child, thead th:first-child { position: sticky; left: 0; max-width: 150px; overflow-wrap: break-word; }
  tbody td:first-child { background: #fff; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { font-size: 11px; }
  header, main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { break-before: page; margin-top: 0; }
  section:first-of-type h2 { break-before: auto; margin-top: 16px; }
  h2, h3 { break-after: avoid; }
  .pair { display: block; }
  .scroll { overflow: visible; }
  table { font-size: 10px; }
  thead { display: table-header-group; } tfoot { display: table-row-group; }
  tr { break-inside: avoid; }
  figure .wide { display: block; } figure .narrow { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
""")


def style_sheet(palette: Palette, title: str) -> str:
    """Return the style sheet for a checked palette; ``title`` is the colour of headings."""
    return _STYLE.substitute(
        ink=INK, muted=MUTED, faint=FAINT, rule=RULE, panel=PANEL, good=GOOD, bad=BAD, missing=MISSING, wrong=WRONG,
        primary=palette.primary, head=tint(palette.primary, 0.88), font=palette.font, title=title,
    )  # fmt: skip
