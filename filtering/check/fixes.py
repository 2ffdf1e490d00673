"""Have edits of a function tried, and keep what is proven.

`proposals` has the edits that its findings suggest. The child process tries them (`trying`), and the file
with those it chooses is checked as a whole: only what that check confirms is a fix. The user's file stays as
it is.
"""

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from filtering.borders import BORDERS
from filtering.check.calling import CODE, LOG, told
from filtering.check.diagnose import SECONDS, examine, no_progress, split_target
from filtering.check.document import Document
from filtering.check.findings import Examination, Fix
from filtering.check.mistakes import Hypothesis, predict
from filtering.check.probes import Probe, probes
from filtering.check.proposals import proposals
from filtering.check.runner import Job
from filtering.check.trying import Piece
from kernels import KERNEL_BANK

MOST_SUMS = 4_000  # products of a probe on which edits are tried; the whole check has the larger ones
# Of a search's own time, which a busy machine stretches; for all of them, with the checks of what they find.
SEARCH, MOST_SECONDS = 20.0, 60.0
ROUNDS = 3  # where a failure hides mistakes


def with_fix(
    before: Examination,
    target: Any,
    image: np.ndarray | None,
    border: str | None,
    kernels: dict[str, np.ndarray] | None = None,
    seconds: float = SECONDS,
) -> Examination:
    """Return an examination with the changes of the file that were seen to work, if there are any.

    The other arguments are those of `examine`.
    """
    known = before.verdict in ("explained", "partly", "fails") and not before.untried and before.source.nodes
    if not isinstance(target, str) or not known:
        return before
    file, _ = split_target(target)
    first = now = Document(Path(file), Path(file).read_bytes())
    best, end = before, time.monotonic() + min(seconds, MOST_SECONDS)
    for _ in range(ROUNDS):
        pieces = _search(best, Path(file).resolve(), now, border)
        later = now.changed(pieces, best.source.text) if pieces else None
        left = end - time.monotonic()
        if later is None or left <= 0:
            break
        try:
            found = examine(target, image, border, left, no_progress, kernels, later.data)
        except ValueError:  # it cannot be loaded in the time that is left
            break
        if found.untried or not _better(found, best):
            break
        now, best = later, found
        if best.verdict == "matches" or before.verdict != "fails":
            break
    if now is first or best.verdict not in ("matches", "explained", "partly"):
        return before
    rest = [one for one in best.findings if not one.harmless]
    diff, hunks, tried = first.diff(now), first.hunks(now), len(best.differences)
    return replace(before, fix=Fix(diff, hunks, now.data, best.verdict, best.pixels, tried, rest))


def _better(now: Examination, before: Examination) -> bool:
    """Return whether a changed function has fewer findings, and no others but those that a failure hid."""
    found, known = (
        {(one.aspect, one.found) for one in each.findings if not one.harmless} for each in (now, before)
    )
    return now.verdict == "matches" or before.verdict == "fails" or found < known


def _search(before: Examination, path: Path, now: Document, border: str | None) -> list[Piece]:
    """Return the pieces of the text to change that bring a function nearest to filter2D."""
    groups = proposals(before)
    if not groups:
        return []
    tried = _small_probes()
    with tempfile.TemporaryDirectory(prefix="check-") as temporary:
        folder = Path(temporary)
        (folder / LOG).touch()
        (folder / f"{CODE}{path.suffix}").write_bytes(now.data)
        plan = {"text": before.source.text, "groups": groups, "seconds": SEARCH, "call": before.call}
        (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
        for number, probe in enumerate(tried):
            np.savez(folder / f"{number}.npz", image=probe.image, kernel=probe.kernel)
            np.savez(folder / f"right-{number}.npz", **_right(probe, border))
        end = time.monotonic() + MOST_SECONDS
        job = Job(folder, path, before.name, len(tried), end, SEARCH, no_progress)
        job.run_child("fix", [str(number) for number in range(len(tried))])
        chosen = told(folder).get("chosen", [])
    pairs = zip(groups, chosen, strict=False)
    return [(a, b, new) for group, one in pairs if one is not None for a, b, new in group[one]]


def _small_probes() -> list[Probe]:
    """Return the probes on which edits are tried: of the small ones, one for each kernel, and tiny images.

    The bank's kernels show nothing that the others do not.
    """
    small = [one for one in probes() if one.image.size * one.kernel.size <= MOST_SUMS]
    first = {id(one.kernel): one for one in reversed(small) if one.inside().any()}
    first = {kernel: one for kernel, one in first.items() if kernel not in map(id, KERNEL_BANK.values())}
    return [one for one in small if one in first.values() or not one.inside().any()]


def _right(probe: Probe, border: str | None) -> dict[str, Any]:
    """Return the pixels of filter2D, by the borders that are right."""
    predicted = {name: predict(probe, Hypothesis(name)) for name in ([border] if border else BORDERS)}
    return {name: one.exact for name, one in predicted.items() if one is not None}
