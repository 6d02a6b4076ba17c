"""One contract for all that works on a fleet: the same bytes, whoever works or is lost."""

from __future__ import annotations

import functools
import json
import os
import pickle
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from seedgit.errors import RepositoryError, UsageError
from seedgit.git.fleet import RecordEntries
from seedgit.git.repository import Repository
from seedgit.operations.fleet import census
from seedgit.operations.fleet.engine import (
    TRIES,
    Engine,
    Processes,
    ThisProcess,
    at_work,
    engine_of,
)
from seedgit.operations.fleet.job import Answers, Chunk, Common, Job
from seedgit.operations.fleet.overrides import fleet_overrides
from seedgit.operations.fleet.plan import fleet_plan
from seedgit.operations.fleet.work import Handle, answers, answers_of
from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.operations.test_fleet import OVERLAYS, OWN, REF, broken, override, ruled, ship
from tests.site import FLOW, data, package, seedgit, site_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
@prepared
def fleet(repo: Repo) -> Repo:
    """Sites of all kinds: with rules, with secrets, with renames and conflicts, and broken ones."""
    upstream = package(repo)
    upstream.commit({f"flows/{name}.yaml": FLOW + f"# {name}\n" for name in "abc"}, "more")
    site = site_of(upstream)
    for number in range(4):
        override(site, f"few-{number}", ("/steps/[id=fetch]/max_items", str(number)))
        override(site, f"few-{number}", ("/limit", str(number)), path="flows/a.yaml")
        override(site, f"few-{number}", ("/model", "own"), path="flows/b.yaml")
    override(site, "rank", ("/steps/[id=rank]/mode", "drain"))
    override(site, "new-item", ("/steps/-", '{"id": "mine", "mode": "live"}'))
    ruled(site, "owns", ("/timeout", "9"), rules=OWN)
    secret = "  - files: 'flows/**'\n    overlay: [{path: /limit}]\n"
    ruled(site, "secret", ("/limit", "731"), rules=secret)
    ruled(site, "secret", rules=secret.replace("/limit", "/limit, secret: true"))
    broken(site, "broken", '{"a": 1')
    upstream("mv", "flows/b.yaml", "flows/moved.yaml")
    upstream("rm", "-q", "flows/c.yaml")
    ship(upstream, site, lambda text: text.replace("timeout: 30", "timeout: 60"))
    changed = (FLOW + "# a\n").replace("limit: 5", "limit: 6")
    upstream.commit({"flows/a.yaml": changed}, "v3")
    site("fetch", "--quiet")
    site.commit({"flows/a.yaml": changed.replace("limit: 6", "limit: 7")}, "here")
    (site.path / ".git" / OVERLAYS / "damaged").write_text("garbage\n")
    return site


def asked(site: Repo, engine: Engine) -> str:
    """All that is said of the fleet."""
    workspace = Workspace.open(str(site.path))
    made = fleet_plan(workspace, REF, engine=engine).data()
    found = fleet_overrides(Workspace.open(str(site.path)), engine=engine).data()
    return json.dumps([made, found], default=repr)


@pytest.fixture
def plainly(fleet: Repo) -> str:
    """What this process says of it."""
    said = asked(fleet, ThisProcess())
    assert "seed is gone" not in said or "orphaned" in said
    for word in ("moved-under", "unusable-overlay", "unusable-record", "orphaned", "conflict"):
        assert word in said
    assert "731" not in said
    return said


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chunk has few jobs, so that there are many."""
    for name in ("FIRST", "FEWEST", "MOST"):
        monkeypatch.setattr(census, name, 2)


class Kept(Thread):
    """Workers of Dask, each started again when it ends.

    Dask's own nannies do not always do that: one that has not heard yet that its worker runs never
    starts another (2026.8).
    """

    def __init__(self, program: list[str], count: int) -> None:
        super().__init__(daemon=True)
        self.ending = Event()
        self._program = program
        self._count = count

    def run(self) -> None:
        running: list[subprocess.Popen[bytes]] = []
        while not self.ending.wait(0.05):
            running = [worker for worker in running if worker.poll() is None]
            while len(running) < self._count:
                running.append(subprocess.Popen(self._program, stderr=subprocess.DEVNULL))
        for worker in running:
            worker.kill()
            worker.wait()


@contextmanager
def dask_scheduler() -> Iterator[str]:
    """A real one without workers, as an address."""
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with distributed.LocalCluster(
        n_workers=0,
        processes=False,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        protocol="tcp",
    ) as cluster:
        yield cluster.scheduler_address.replace("tcp", "dask")


@pytest.fixture(scope="module")
def dask_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real cluster on this machine, as an address."""
    words = ["--no-nanny", "--nthreads=1", "--no-dashboard", "--host=127.0.0.1"]
    words += [f"--local-directory={tmp_path_factory.mktemp('dask')}"]
    with dask_scheduler() as address, pytest.MonkeyPatch.context() as patch:
        # For so long a worker tries to reach one that was killed. By default it is 30 s, each time.
        patch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
        place = address.replace("dask", "tcp")
        program = [sys.executable, "-m", "distributed.cli.dask_worker", place, *words]
        kept = Kept(program, 2)
        kept.start()
        try:
            yield address
        finally:
            kept.ending.set()
            kept.join()


@pytest.fixture(scope="module")
def ray_address() -> Iterator[str]:
    """A real cluster on this machine, as an address. It asks each client for a token."""
    why = "`make engines` has Ray, in an environment of its own"
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ray-") as place:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # With gRPC's own handlers, the fork by which it starts a server for a client ends at times.
        patch.setenv("GRPC_ENABLE_FORK_SUPPORT", "0")
        patch.setenv("PYTHONPATH", str(ROOT))  # its workers have what this module replaces
        pytest.importorskip("ray", reason=why)
        port = free_port()
        words = ["--head", "--block", "--port=0", f"--ray-client-server-port={port}"]
        words += ["--num-cpus=2", "--include-dashboard=false", f"--temp-dir={place}"]
        program = [sys.executable, "-m", "ray.scripts.scripts", "start", *words]
        with open(f"{place}/said", "w+") as said:
            cluster = subprocess.Popen(program, stdout=said, stderr=said)
            try:
                while "Ray runtime started" not in Path(said.name).read_text():
                    assert cluster.poll() is None, Path(said.name).read_text()
                    time.sleep(0.1)
                yield f"ray://127.0.0.1:{port}"
            finally:
                cluster.terminate()
                cluster.wait()


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


ENGINES = ("this process", "processes", "dask", "ray")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param in ("dask", "ray"):
        return engine_of(1, request.getfixturevalue(f"{request.param}_address"))
    return engine_of(2 if request.param == "processes" else 1)


@pytest.mark.usefixtures("small")
def test_every_engine_says_the_same_bytes(fleet: Repo, plainly: str, engine: Engine) -> None:
    assert asked(fleet, engine) == plainly


def test_chunks_of_any_size_say_the_same(
    fleet: Repo, plainly: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 3, 1000):
        for name in ("FIRST", "FEWEST", "MOST"):
            monkeypatch.setattr(census, name, size)
        assert asked(fleet, ThisProcess()) == plainly


def test_the_command_line_says_the_same(fleet: Repo) -> None:
    for words in (["plan", REF], ["overrides"]):
        alone = data(fleet, "fleet", *words)
        assert data(fleet, "fleet", *words, "--workers", "2") == alone
    assert seedgit(fleet, "fleet", "overrides", "--workers", "0").status == 2


# -- workers that are lost -----------------------------------------------------------------------


def dying(folder: Path, kills: int, after: bool, handle: Handle, chunk: Any) -> Answers:
    """As `answers`, but the first so many processes are ended as when memory runs out."""
    work: Any = answers_of if isinstance(chunk, bytes) else answers
    found = work(handle, chunk) if after else None
    for number in range(kills):
        try:
            (folder / f"killed-{number}").mkdir()
        except FileExistsError:
            continue
        os.kill(os.getpid(), signal.SIGKILL)
    return found or work(handle, chunk)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kills", [1, TRIES - 1])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("engine", ENGINES[1:], indirect=True)
def test_a_worker_that_is_killed_changes_nothing(
    fleet: Repo,
    plainly: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kills: int,
    after: bool,
    engine: Engine,
) -> None:
    ends = functools.partial(dying, tmp_path, kills, after)
    for name in ("answers", "answers_of"):
        monkeypatch.setattr(f"seedgit.operations.fleet.engine.{name}", ends)
    assert asked(fleet, engine) == plainly
    assert len(list(tmp_path.glob("killed-*"))) == kills


def test_processes_end_with_the_work(fleet: Repo) -> None:
    engine = Processes(2)
    asked(fleet, engine)
    assert [made.alive for made in engine.made] == [{}, {}]


class Dying(Executor):
    """Loses a worker over each chunk of the first so many that it gets."""

    def __init__(self, count: int) -> None:
        self.count = count

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = Future()
        self.count -= 1
        if self.count >= 0:
            made.set_exception(ConnectionError("a worker was lost"))
        else:
            made.set_result(fn(*args, **kwargs))
        return made


class Lossy(ThisProcess):
    """This process, as if it were a cluster that loses workers."""

    def __init__(self, count: int) -> None:
        self.executor = Dying(count)

    def again(self) -> tuple[Executor, Handle]:
        return self.executor, super().again()[1]

    def lost(self, error: BaseException) -> bool:
        return isinstance(error, ConnectionError)


def test_a_chunk_is_sent_again_until_it_is_no_accident(fleet: Repo, plainly: str) -> None:
    assert asked(fleet, Lossy(TRIES - 1)) == plainly
    with pytest.raises(RepositoryError, match="workers were lost over the same part"):
        asked(fleet, Lossy(10**9))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster has a second to get workers."""
    monkeypatch.setattr("seedgit.operations.fleet.engine.LOOK", 0.125)
    monkeypatch.setattr("seedgit.operations.fleet.engine.PATIENCE", 1)


@pytest.mark.usefixtures("impatient")
def test_a_cluster_that_has_no_workers_left_is_said(fleet: Repo) -> None:
    with dask_scheduler() as address:
        run = seedgit(fleet, "fleet", "plan", REF, "--engine", address)
    assert run.status == 4
    assert "the cluster was lost: it has had no workers for 1 second" in run.err


class Slow(ThisProcess):
    """This process, as if it were a cluster whose workers come and go."""

    def __init__(self, counts: list[int]) -> None:
        self.counts = counts  # of workers, at each look; then comes the first answer

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        executor, handle = super().start(common, repository)
        submit = executor.submit
        self.waiting: list[tuple[Future[Any], Any]] = []

        def kept(fn: Any, *rest: Any) -> Future[Any]:
            if not self.counts:
                return submit(fn, *rest)
            made: Future[Any] = Future()
            self.waiting.append((made, functools.partial(fn, *rest)))
            return made

        executor.submit = kept  # type: ignore[method-assign,assignment]
        return executor, handle

    def workers(self) -> int:
        count = self.counts.pop(0)
        if not self.counts:
            for made, work in self.waiting:
                made.set_result(work())
        return count


@pytest.mark.usefixtures("impatient")
def test_a_cluster_is_waited_for_while_workers_come_and_go(fleet: Repo, plainly: str) -> None:
    engine = Slow([0] * 7 + [1] + [0] * 7 + [1])
    assert asked(fleet, engine) == plainly
    assert not engine.counts
    with pytest.raises(ConnectionError, match="no workers for 1 second"):
        asked(fleet, Slow([0] * 9))


def test_an_error_in_the_work_is_no_lost_worker(
    fleet: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def fail(handle: Handle, chunk: Chunk) -> Answers:
        calls.append(chunk)
        raise ZeroDivisionError

    monkeypatch.setattr("seedgit.operations.fleet.engine.answers", fail)
    with pytest.raises(ZeroDivisionError):
        asked(fleet, Lossy(0))
    assert len(calls) == 1


def failing(handle: Handle, chunk: Any) -> Answers:
    raise RepositoryError("out of order", hint="mend it", where="flows/a.yaml")


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_an_error_in_the_work_is_the_same_from_every_engine(
    fleet: Repo, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    for name in ("answers", "answers_of"):
        monkeypatch.setattr(f"seedgit.operations.fleet.engine.{name}", failing)
    with pytest.raises(RepositoryError) as told:
        asked(fleet, engine)
    error = told.value
    assert (str(error), error.hint) == ("flows/a.yaml: out of order", "mend it")


# -- what is sent --------------------------------------------------------------------------------


def test_what_sites_share_is_read_once(fleet: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rank", "new-item"):  # neither has a record whose seed was moved
        for number in range(20):
            fleet("update-ref", f"{OVERLAYS}{name}-{number}", f"{OVERLAYS}{name}")
    for line in fleet("for-each-ref", "--format=%(refname)", OVERLAYS).split():
        if not line.startswith((f"{OVERLAYS}rank", f"{OVERLAYS}new-item")):
            fleet("update-ref", "-d", line)
    found: list[bytes] = []
    split = RecordEntries.split

    def noted(entries: RecordEntries, raw: bytes) -> tuple[bytes, str]:
        found.append(raw)
        return split(entries, raw)

    monkeypatch.setattr(RecordEntries, "split", noted)
    made = fleet_plan(Workspace.open(str(fleet.path)), REF)
    assert len(made.sites) == 43  # one is damaged
    assert len(found) == len(set(found)) == 2


class Remote(ThisProcess):
    """This process, as if it did not see the repository. It keeps what it was sent."""

    local = False

    def __init__(self) -> None:
        self.chunks: list[tuple[Common, Chunk]] = []
        self.shared: list[Common] = []

    def start(self, common: Common, repository: Repository) -> tuple[Executor, Handle]:
        self.shared.append(common)
        executor, handle = super().start(common, repository)
        submit = executor.submit

        def noted(fn: Any, handle: Handle, chunk: bytes) -> Future[Any]:
            self.chunks.append((common, pickle.loads(chunk)))
            return submit(fn, handle, chunk)

        executor.submit = noted  # type: ignore[method-assign,assignment]
        begin_nowhere(common)
        return executor, handle


class Noting(ThisProcess):
    """This process, as if it were three. It notes what is asked of them, in order."""

    width = 3

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def again(self) -> tuple[Executor, Handle]:
        executor, handle = super().again()
        submit = executor.submit

        def noted(fn: Any, *rest: Any) -> Future[Any]:
            self.asked.append(fn)
            return submit(fn, *rest)

        executor.submit = noted  # type: ignore[method-assign,assignment]
        return executor, handle


@pytest.mark.parametrize("many", [True, False])
def test_many_sites_wake_the_workers_before_the_first_chunk(
    fleet: Repo, plainly: str, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    monkeypatch.setattr(census, "SITES", 2 if many else 1_000)
    engine = Noting()
    assert asked(fleet, engine) == plainly
    waking = [fn is int for fn in engine.asked]
    assert waking[:4] == ([True] * 3 + [False] if many else [False] * len(waking[:4]))


def begin_nowhere(common: Common) -> None:
    from seedgit.operations.fleet import work

    shared = work.begin(common)
    assert common.directory == ""
    shared._given = Nowhere()  # type: ignore[assignment]


class Nowhere:
    """In place of a repository that a worker must not need."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a worker far away asked the repository for {name}")


@pytest.mark.usefixtures("small")
def test_far_away_no_repository_is_needed(fleet: Repo, plainly: str) -> None:
    engine = Remote()
    assert asked(fleet, engine) == plainly
    assert len(engine.shared) == 2  # of two commands
    assert engine.shared[0].documents
    for common, chunk in engine.chunks:  # what all share is sent once
        assert not common.documents.keys() & chunk.documents.keys()


def plain(job: Job) -> tuple[Any, ...]:
    """A job but for its rules, which are equal to themselves alone."""
    return job.case._replace(today=None, then=None, rule=None, secrets=()), job.parts


@pytest.mark.usefixtures("small")
def test_each_distinct_key_is_sent_once(fleet: Repo) -> None:
    for number in range(20):
        fleet("update-ref", f"{OVERLAYS}copy-{number}", f"{OVERLAYS}few-1")
    engine = Remote()
    made = fleet_plan(Workspace.open(str(fleet.path)), REF, engine=engine)
    for _, chunk in engine.chunks:
        sent = pickle.loads(pickle.dumps(chunk))
        assert [plain(job) for job in sent.jobs] == [plain(job) for job in chunk.jobs]
        assert len({id(job.case) for job in sent.jobs}) == len({id(j.case) for j in chunk.jobs})
        assert (sent.documents, sent.records) == (chunk.documents, chunk.records)
    jobs = [job for _, chunk in engine.chunks for job in chunk.jobs]
    entries = [(job.case, *(part.entry for part in job.parts)) for job in jobs]
    assert len(entries) == len({(id(case), *rest) for case, *rest in entries})
    assert max(len(group.sites) for group in made.groups) > 20
    for number in range(20):
        fleet("update-ref", "-d", f"{OVERLAYS}copy-{number}")


@pytest.mark.usefixtures("small")
def test_ray_is_given_once_what_all_share(
    fleet: Repo, monkeypatch: pytest.MonkeyPatch, ray_address: str
) -> None:
    import ray
    from ray.exceptions import ObjectLostError

    puts = []
    put = ray.put
    monkeypatch.setattr(ray, "put", lambda value: puts.append(value) or put(value))
    engine = engine_of(1, ray_address)
    repository = Repository.discover(str(fleet.path))
    with at_work(engine, repository, {"1": b"one"}) as crew:
        assert crew.width == 2
        handle = engine.again()[1]
        assert engine.again()[1] is handle and len(puts) == 1
        assert not engine.lost(ZeroDivisionError())
        assert engine.lost(ObjectLostError("0" * 56, None, ""))
        assert engine.again()[1] is not handle and puts == [puts[0]] * 2


class Elsewhere(ThisProcess):
    """This process, as if it were a cluster at which something is wrong."""

    local = False

    def __init__(self, error: Exception) -> None:
        self.error = error

    def again(self) -> tuple[Executor, Handle]:
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'seedgit'"), "lack something: No module named"),
        (ConnectionResetError("reset by peer"), "the cluster was lost: reset by peer"),
    ],
)
def test_what_is_wrong_with_a_cluster_is_said(fleet: Repo, error: Exception, said: str) -> None:
    with pytest.raises(RepositoryError, match=said) as told:
        asked(fleet, Elsewhere(error))
    assert told.value.hint


def test_no_ray_at_an_address(ray_address: str) -> None:
    engine = engine_of(1, ray_address.rpartition(":")[0] + ":1")
    with pytest.raises(RepositoryError, match="no Ray cluster answers"):
        engine.start(Common("none", "", {}), Repository.discover(str(ROOT)))
    engine.close()


def test_engines_by_name() -> None:
    assert isinstance(engine_of(1), ThisProcess)
    assert isinstance(engine_of(3), Processes)
    for address in ("dask", "dask://", "ray://", "ftp://host:1", "host:1"):
        with pytest.raises(UsageError, match="no engine"):
            engine_of(1, address)


@pytest.mark.parametrize(("kind", "library"), [("dask", "distributed"), ("ray", "ray")])
def test_an_engine_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, kind: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"seedgit.operations.fleet.{kind}_engine", raising=False)
    with pytest.raises(UsageError, match="not installed") as told:
        engine_of(1, f"{kind}://127.0.0.1:1")
    assert f"seedgit[{kind}]" in told.value.hint
