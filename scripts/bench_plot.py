"""The chart of docs/performance.md: chimpline beside a reader with one connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

from bench_readers import CONNECTIONS
from bench_sync import Synced

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

OURS, THEIRS, LEAST = "#1f6f8b", "#b5651d", "#9a9a9a"


def plot(synced: Synced, sizes: str, commit: str, path: Path) -> None:
    """Left: pages over time in a first sync. Right: requests of the runs after it."""
    # Text stays text, ids are the same each time: the file can be read and compared.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": "chimpline", "font.size": 10}
    with mpl.rc_context(style):
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=(3, 2))
        _first(left, synced)
        _later(right, synced)
        figure.suptitle(f"{sizes}; {synced.latency_s:g} s a page", fontsize=11)
        note = (
            f"Measured by make bench at commit {commit}, against the emulated account. One"
            f" connection: the pace of its first pages; {synced.fewest.pages:,} pages at that pace"
            " are computed.\nRight: the plain reader asks for newer members and events only, and"
            " reads audiences again to find who was erased; of chimpline, what that adds."
        )
        figure.text(0.01, 0.01, note, fontsize=7, color="#555555")
        figure.tight_layout(rect=(0, 0.07, 1, 1))
        figure.savefig(path, facecolor="white", metadata={"Date": None} if _is_svg(path) else None)
        plt.close(figure)


def _is_svg(path: Path) -> bool:
    return path.suffix == ".svg"


def _first(axes: Axes, synced: Synced) -> None:
    seconds, pages = synced.busy.cumulative()
    ideal = synced.fewest.seconds / CONNECTIONS
    axes.plot([0, ideal], [0, synced.fewest.pages], "--", color=LEAST, linewidth=1)
    axes.plot([0, *seconds], [0, *pages], color=OURS, linewidth=2)
    end = max(seconds) * 1.05
    one = end * synced.plain_pages_a_second
    axes.plot([0, end], [0, one], color=THEIRS, linewidth=2)
    done = synced.fewest.pages / synced.plain_pages_a_second
    axes.text(end, one * 1.25, f"one connection: done after {done:,.0f} s", **_label(THEIRS))
    axes.text(
        max(seconds) * 0.72,
        max(pages) * 0.6,
        f"chimpline, {CONNECTIONS} connections:\ndone after {max(seconds):,.0f} s",
        color=OURS,
    )
    axes.text(ideal * 0.55, max(pages) * 0.62, f"the least: {ideal:,.0f} s", **_label(LEAST))
    axes.set(xlabel="seconds", ylabel="pages read", title="First sync of every table")
    axes.set_xlim(0, end)
    axes.set_ylim(0)
    axes.spines[["top", "right"]].set_visible(False)


def _label(colour: str) -> Any:
    return {"color": colour, "ha": "right"}


def _later(axes: Axes, synced: Synced) -> None:
    names = list(synced.requests)
    for place, name in enumerate(names):
        for offset, n, colour in (
            (-0.2, synced.requests[name][0], OURS),
            (0.2, synced.requests[name][1], THEIRS),
        ):
            axes.barh(place + offset, n, height=0.36, color=colour)
            axes.text(n, place + offset, f" {n:,}", va="center", fontsize=9)
    axes.set_yticks(range(len(names)), [name.replace(" ", "\n", 1) for name in names])
    axes.invert_yaxis()
    axes.set(xlabel="requests", title="Runs after it")
    axes.margins(x=0.15)
    axes.legend(axes.patches[:2], ["chimpline", "plain reader"], frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
