#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A run of the bench as a picture: plot.py RUN.json OUT.svg

RUN.json is what `sekisho bench --json` printed. Each row is a bar: the cryptography of the same run,
then what the gateway takes beyond it. A mark stands where VPP's IPsec path is on a machine of the same
kind (docs/operations/performance.md says what those figures hold)."""
import json
import sys
from xml.sax.saxutils import escape

# Cycles a packet of VPP: (direction, cipher, size, sessions) -> cycles.
VPP = {
    ("out", "aes-128-gcm", 64, 1): 179, ("out", "aes-128-gcm", 1420, 1): 350,
    ("in", "aes-128-gcm", 64, 1): 203, ("in", "aes-128-gcm", 1420, 1): 357,
    ("out", "aes-128-gcm", 64, 1000): 255, ("out", "aes-128-gcm", 1420, 1000): 515,
    ("out", "aes-128-cbc-sha1", 1420, 1): 864,
}
RULES = 1000  # of a row that says nothing of them
LEFT, BAR, RIGHT = 330, 560, 190
ROW, GAP, HEAD = 18, 30, 96
RAW, OURS, BAD, MARK = "#9aa5b1", "#2f6f9f", "#b5533c", "#c77d00"


def is_plain(r):
    return r["kind"] == "established" and r["rules"] == RULES and r["tenants"] == 1 and r["workers"] == 1


def is_slow(r):
    return r["cipher"].startswith("3des")


# Title, which rows. Each has a scale of its own: 3DES would flatten everything else.
SECTIONS = (
    ("AES-128-GCM, flows that are known", lambda r: is_plain(r) and r["cipher"] == "aes-128-gcm"),
    ("First packets, rules, tenants, hand-off, reassembly",
     lambda r: not is_plain(r) and r["kind"] not in ("latency", "hostile")),
    ("Refused packets, beside the good one of the same size", lambda r: r["kind"] == "hostile"),
    ("Other suites", lambda r: is_plain(r) and r["cipher"] != "aes-128-gcm" and not is_slow(r)),
    ("3DES", lambda r: is_plain(r) and is_slow(r)),
    ("One packet alone, microseconds", lambda r: r["kind"] == "latency"),
)


class Picture:
    def __init__(self):
        self.parts, self.y = [], 0

    def text(self, x, y, words, size=12, anchor="start", fill="#222", weight="normal"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}" '
                          f'font-weight="{weight}">{escape(words)}</text>')

    def box(self, x, y, width, height, fill):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height}" fill="{fill}"/>')

    def line(self, x, y1, y2, stroke, width=1):
        self.parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
                          f'stroke-width="{width}"/>')

    def svg(self):
        width = LEFT + BAR + RIGHT
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{self.y}" '
                f'viewBox="0 0 {width} {self.y}" font-family="sans-serif">\n'
                f'<rect width="{width}" height="{self.y}" fill="#fff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def value(r):
    return r["latency_us"] if r["kind"] == "latency" else r["cycles_median"]


def mark_of(r):
    return VPP.get((r["direction"], r["cipher"], r["size"], r["sessions"])) if is_plain(r) else None


def step_of(most):
    """1, 2 or 5 times a power of ten, so that four to ten lines stand on the scale."""
    step = 1e-3
    while True:
        for k in (1, 2, 5):
            if most / (step * k) <= 8:
                return step * k
        step *= 10


def bar(p, r, scale):
    y, v = p.y, value(r)
    first = min(r.get("raw_cycles", r.get("good_cycles", 0)), v)
    p.text(LEFT - 8, y + 12, r["name"], 11, "end")
    if r["kind"] == "hostile":
        p.box(LEFT, y + 2, v * scale, ROW - 5, BAD if r["ratio_good"] > 2 else OURS)
        p.line(LEFT + r["good_cycles"] * scale, y, y + ROW - 1, RAW, 3)
        words = f'{v:.0f}: {r["ratio_good"]:.2f} of a good one'
    else:
        p.box(LEFT, y + 2, first * scale, ROW - 5, RAW)
        p.box(LEFT + first * scale, y + 2, (v - first) * scale, ROW - 5, OURS)
        words = f"{v:.1f}" if r["kind"] == "latency" else f'{v:.0f} = {first:.0f} + {v - first:.0f}'
    p.text(LEFT + v * scale + 6, y + 12, words, 11, fill="#444")
    if mark_of(r):
        p.line(LEFT + mark_of(r) * scale, y - 1, y + ROW, MARK, 3)
    p.y += ROW


def section(p, title, rows):
    most = max(max(value(r), mark_of(r) or 0, r.get("good_cycles", 0)) for r in rows)
    scale, step, top = BAR / most, step_of(most), p.y + 36
    p.text(16, p.y + 12, title, 14, weight="bold")
    p.y = top
    for k in range(int(most / step) + 1):
        x = LEFT + k * step * scale
        p.line(x, top - 2, top + ROW * len(rows), "#e3e6ea")
        p.text(x, top - 6, f"{k * step:g}", 10, "middle", "#777")
    for r in rows:
        bar(p, r, scale)
    p.y += GAP


def draw(rows):
    p, one = Picture(), rows[0]
    p.text(16, 28, "Sekisho: cycles a packet on one core", 18, weight="bold")
    p.text(16, 48, f'{one["cpu"]}, TSC {one["tsc_hz"] / 1e6:.0f} MHz, ipsec-mb {one["ipsec_mb"]} ({one["arch"]}), '
                   f'state in {"huge" if one["hugepages"] else "4 KB"} pages, load {one["load"]}, '
                   f'revision {one["revision"]}', 11, fill="#555")
    for x, fill, words in ((16, RAW, "the cryptography alone, same run"), (250, OURS, "the gateway beyond it"),
                           (420, MARK, "VPP, with no rules, no anti-spoof, no flows"),
                           (720, BAD, "refused at more than twice a good one's cost")):
        p.box(x, 60, 12, 12, fill)
        p.text(x + 18, 70, words, 11, fill="#444")
    p.y = HEAD
    for title, wants in SECTIONS:
        chosen = [r for r in rows if "error" not in r and wants(r)]
        if chosen:
            section(p, title, chosen)
    return p.svg()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        rows = json.load(f)
    if not rows:
        sys.exit("plot.py: the run has no rows")
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        f.write(draw(rows))


main()
