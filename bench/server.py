"""The server that is measured with: of the newest version that tests/servers has, reached through a Unix socket only."""
import contextlib
import os
import pwd
import re
import signal
import subprocess
import sys
import time

import measure

SERVERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/servers")
LONGEST_PATH = 90
# Nothing but the clients may have work to do while they are timed.
SETTINGS = """
listen_addresses = ''
shared_buffers = '512MB'
maintenance_work_mem = '256MB'
wal_level = minimal
max_wal_senders = 0
max_wal_size = '8GB'
checkpoint_timeout = '1d'
fsync = off
full_page_writes = off
autovacuum = off
"""


def child_user():
    """PostgreSQL refuses to run as root: the arguments of Popen that make it another user's."""
    if os.getuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def major(programs):
    said = subprocess.run([os.path.join(programs, "postgres"), "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.search(r"\d+", said)[0])


def newest_programs(folder):
    """Has tests/servers lay the servers' programs into the folder, unless they are there, and returns the newest's place."""
    list_file = os.path.join(folder, "programs")
    if not os.path.exists(list_file):
        places = subprocess.run([SERVERS, "programs", folder], check=True, stdout=subprocess.PIPE, text=True).stdout
        with open(list_file, "w", encoding="utf-8") as file:
            file.write(places)
    with open(list_file, encoding="utf-8") as file:
        return max(file.read().splitlines(), key=major)


class Server:
    def __init__(self, folder, settings):
        self.folder = folder
        self.settings = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.programs = newest_programs(os.path.join(folder, "servers"))
        self.home = os.path.join(folder, "server")
        self.log = os.path.join(folder, "server.log")
        # Only what this bench says counts.
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not re.match(r"PG|DYNODROP|DYNO$|DATABASE_URL$|ZSTD_", name)
        }
        self.env["PATH"] = self.programs + ":" + self.env["PATH"]
        self.process = None

    def address(self, database):
        """The connection string that everybody uses."""
        return f"host={self.home} user=postgres dbname={database}"

    def start(self):
        if len(self.home) > LONGEST_PATH:
            raise measure.BenchError(f"the path {self.home} is too long for a Unix socket in it")
        if subprocess.run(["test", "-x", self.folder], check=False, **child_user()).returncode != 0:
            raise measure.BenchError(f"the user as whom the server runs cannot reach {self.folder}; choose a folder below /tmp")
        if not os.path.exists(self.home):
            os.mkdir(self.home)
            if child_user():
                os.chown(self.home, child_user()["user"], child_user()["group"])
            self.initdb()
        with open(self.log, "ab") as log:
            # A session of its own: an interrupt from the terminal is for us, who then stop it.
            self.process = subprocess.Popen(
                [os.path.join(self.programs, "postgres"), "-D", os.path.join(self.home, "data"), "-k", self.home,
                 *self.settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, env=self.env, start_new_session=True,
                **child_user(),
            )
        deadline = time.monotonic() + 60
        while subprocess.run(["pg_isready", "-q", "-d", self.address("postgres")], env=self.env, check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise measure.BenchError(f"the server did not start; {self.log} says why")
            time.sleep(0.05)

    def initdb(self):
        place = os.path.join(self.home, "data")
        subprocess.run(
            ["initdb", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "--username=postgres", "-D", place],
            env=self.env, cwd=self.home, stdout=subprocess.DEVNULL, check=True, **child_user(),
        )
        with open(os.path.join(place, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write(SETTINGS)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()

    def cpu(self):
        return measure.tree_cpu(self.process.pid)

    def psql_argv(self, database, *arguments):
        return ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", self.address(database), *arguments]

    def ask(self, database, query):
        """Runs SQL and returns its rows, each a list of strings."""
        done = subprocess.run(self.psql_argv(database), input=query, env=self.env, check=True, capture_output=True, text=True)
        return [line.split("|") for line in done.stdout.splitlines()]

    def run_file(self, database, path, **variables):
        """Runs a file of SQL with psql's variables."""
        settings = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
        if subprocess.run(self.psql_argv(database, *settings, "-f", path), env=self.env, check=False).returncode != 0:
            raise measure.BenchError(f"{os.path.basename(path)} failed")


@contextlib.contextmanager
def running(folder, **settings):
    """A server that runs from `with` to the block's end, with these settings besides; its data stay in the folder."""
    server = Server(folder, settings)
    print(f"starting PostgreSQL {major(server.programs)}", file=sys.stderr)
    try:
        server.start()
        yield server
    finally:
        server.stop()
