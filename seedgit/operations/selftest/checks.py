"""The parts of seedgit that a self-test tries. Each returns its verdict, or raises NotKept."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from seedgit.files.contested import can_exchange
from seedgit.operations.selftest.model import LIMITED, SAFE, NotKept, Trust
from seedgit.operations.selftest.scratch import SEED, TEXT, Scratch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

WRITERS: Final = 8
KILLS: Final = 6
LATEST_KILL: Final = 0.4  # seconds after the start of what is killed
COARSE: Final = 0.1  # seconds; times of files that are coarser hide a write after a write
SKEW: Final = 2.0  # seconds between the clock of the file system and this machine's


def merges(here: Scratch) -> Trust:
    """A change beside an adjacent change, and two changes of one value."""
    here.commit(here.hub, TEXT.replace("timeout: 30", "timeout: 60"), "v2")
    here.commit(here.site, TEXT.replace("model: small", "model: large"), "ours")
    here.git(here.site, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "HEAD")
    text = (here.site / SEED).read_text()
    if "timeout: 60\nmodel: large\n" not in text:
        raise NotKept("two changes in adjacent lines were not both taken")
    here.commit(here.hub, TEXT.replace("small", "huge").replace("30", "60"), "v3")
    here.git(here.site, "fetch", "--quiet")
    if here.run(here.site, "git", "merge", "--quiet", "--no-edit", "FETCH_HEAD").status != 1:
        raise NotKept("two changes of one value are no conflict")
    marked = (here.site / SEED).read_bytes()
    here.git(here.site, "merge", "--abort")
    if marked.count(b"<<<<<<<") != 1 or b"timeout: 60\n" not in marked.split(b"<<<<<<<")[0]:
        raise NotKept("a conflict is not marked round its entry alone")
    return Trust("merges", SAFE, "git merge starts the driver; conflicts are marked by entry")


def hooks(here: Scratch) -> Trust:
    """A change of the package's value is refused, and an override is stored."""
    before = (here.site / SEED).read_text()
    (here.site / SEED).write_text(before.replace("name: wiki", "name: other"))
    here.git(here.site, "add", SEED)
    ran = here.run(here.site, "git", "commit", "--quiet", "-m", "seed")
    here.git(here.site, "reset", "--quiet", "--hard")
    if ran.status == 0:
        raise NotKept("a change of what the package owns was committed: git runs no hook here")
    return Trust("hooks", SAFE, "the pre-commit hook refuses a change of what the package owns")


def overlays(here: Scratch) -> Trust:
    """Writers at once lose nothing; undo takes the last change back."""
    running = [here.start("set", SEED, f"/v{n}", str(n + 1)) for n in range(WRITERS)]
    failed = sum(each.wait() != 0 for each in running)
    text = here.effective()
    lost = [n for n in range(WRITERS) if f"v{n}: {n + 1}\n" not in text]
    if failed or lost:
        raise NotKept(f"of {WRITERS} writers at once, {max(failed, len(lost))} lost their change")
    here.seedgit("set", SEED, "/paused", "true")
    here.seedgit("undo")
    if "paused: false" not in here.effective():
        raise NotKept("undo did not take a change back")
    return Trust("overlays", SAFE, f"{WRITERS} writers at once lost nothing")


def kills(here: Scratch) -> Trust:
    """After kill -9 the next command works, and what was set before holds."""
    here.seedgit("set", SEED, "/limit", "7")
    after = random.Random(1)
    for number in range(KILLS):
        running = here.start("set", SEED, "/v11", str(number + 1))
        time.sleep(after.uniform(0, LATEST_KILL))
        running.kill()
        running.wait()
        if "limit: 7\n" not in here.effective():
            raise NotKept("kill -9 of one change lost another")
    here.seedgit("set", SEED, "/v11", "99")
    here.git(here.site, "fsck", "--strict", "--no-dangling")
    return Trust("crashes", SAFE, f"{KILLS} times kill -9 in a change: nothing lost, no lock stays")


def live_files(here: Scratch) -> Trust:
    """What a program writes, over a file and by rename, is captured; an upgrade comes to it."""
    live = here.folder / "live"
    here.seedgit("live", str(live))
    file = live / SEED
    file.write_text(file.read_text().replace("paused: false", "paused: true"))
    here.seedgit("sync")
    other = live / "new"
    other.write_text(file.read_text().replace("v10: 0", "v10: 4"))
    os.replace(other, file)
    here.seedgit("sync")
    text = here.effective()
    if "paused: true" not in text or "v10: 4" not in text:
        raise NotKept("what a program wrote is not in the overlay")
    if file.read_text() != text:
        raise NotKept("the live file is not the effective file after a sync")
    if not can_exchange(str(live)):
        detail = "files cannot be swapped in one step here: a program's write may be lost in a sync"
        return Trust("live files", LIMITED, f"{detail} if it replaces its file just then")
    return Trust("live files", SAFE, "writes are captured, and files are swapped in one step")


def file_system(here: Scratch) -> Trust:
    """Case, links, times and the clock, as the file system has them."""
    place = here.folder / "names"
    place.mkdir()
    limits = []
    (place / "a").write_text("")
    if (place / "A").exists():
        limits.append(
            "upper and lower case are one: seeds that differ in it alone cannot both exist"
        )
    (place / "\u00e9").write_text("")
    if "\u00e9" not in os.listdir(place):
        limits.append("names are normalised: git needs core.precomposeUnicode")
    try:
        (place / "link").symlink_to("a")
    except OSError:
        limits.append("there are no symbolic links")
    if _step(place / "a") > COARSE:
        limits.append("times of files are coarse: a sync may look at more files than it has to")
    if abs(time.time() - (place / "\u00e9").stat().st_mtime) > SKEW:
        limits.append("its clock is not this machine's: set one after the other")
    if not _flushes(place / "a"):
        limits.append("fsync fails: a power cut may lose what was written")
    if limits:
        return Trust("file system", LIMITED, "; ".join(limits))
    return Trust("file system", SAFE, "case, links, times, clock and fsync are as expected")


def _step(place: Path) -> float:
    """How far apart the times of two writes have to be, at most, to be told apart, in seconds."""
    place.write_text("1")
    before = place.stat().st_mtime_ns
    began = time.monotonic()
    while place.stat().st_mtime_ns == before and time.monotonic() - began < 3:
        time.sleep(0.005)
        place.write_text("2")
    return time.monotonic() - began


def _flushes(place: Path) -> bool:
    with open(place, "rb") as file:
        try:
            os.fsync(file.fileno())
        except OSError:
            return False
    return True


CHECKS: Final[tuple[tuple[str, Callable[[Scratch], Trust]], ...]] = (
    ("merges", merges),
    ("hooks", hooks),
    ("overlays", overlays),
    ("crashes", kills),
    ("live files", live_files),
    ("file system", file_system),
)
