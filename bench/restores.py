"""Who is timed on the way from a drop back into a database, and who at checking what a database has."""
import dataclasses
import glob
import os
import shutil
import subprocess

import measure

FRESH = "fresh"
PIPE = "age -d | pg_restore"
DUMP = "dynodrop dump"
VERIFY = "dynodrop verify"
AGAINST = "dynodrop verify --against"
# What `tests/deps matrix` fetches, and where Debian and Ubuntu keep versions side by side.
ELSEWHERE = [
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "../build/deps/trixie/usr/lib/postgresql/*/bin/pg_restore"),
    "/usr/lib/postgresql/*/bin/pg_restore",
]


def dynodrop_name(jobs):
    return "dynodrop restore" if jobs is None else f"dynodrop restore -j {jobs}"


def file_name(jobs):
    return f"age -d > FILE, pg_restore -j {jobs} FILE"


class Restores:
    """What can be timed, each with a function that returns a measure.Run. What is restored has to be the whole database."""

    def __init__(self, setup, server, database, jobs):
        self.setup, self.server, self.jobs = setup, server, jobs
        self.source, self.fresh = server.address(database), server.address(FRESH)
        self.folder = os.path.join(setup.folder, "restore")
        self.drop, self.stock = os.path.join(self.folder, "drop"), os.path.join(self.folder, "stock")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.dump()
        os.rename(self.output(), self.drop)
        self.time([["pg_dump", "-Fc", "-d", self.source], ["age", "-r", setup.recipient]])
        os.rename(self.output(), self.stock)
        self.zstd_restorer = self.find_zstd_restorer()
        # The same program for both, where one can do both.
        self.restorer = self.zstd_restorer or os.path.join(server.programs, "pg_restore")
        said = subprocess.run([self.restorer, "--version"], check=True, capture_output=True, text=True).stdout
        setup.versions.append("pg_restore " + said.split()[2])

    def kinds(self):
        """Those who restore."""
        kinds = {dynodrop_name(jobs): lambda jobs=jobs: self.restore(jobs) for jobs in (None, self.jobs)}
        if self.zstd_restorer:
            kinds[PIPE] = self.restore_pipe
        return kinds | {file_name(self.jobs): self.restore_file}

    def checks(self):
        """The dump and those who check."""
        return {DUMP: self.dump, VERIFY: self.verify, AGAINST: self.verify_against}

    def end(self):
        """Leaves nothing behind."""
        self.server.ask("postgres", f"DROP DATABASE IF EXISTS {FRESH} WITH (FORCE);")
        shutil.rmtree(self.folder)

    def find_zstd_restorer(self):
        """A pg_restore that reads drops, or None: the server's own, else that on PATH, else one of those elsewhere."""
        found = [os.path.join(self.server.programs, "pg_restore"), shutil.which("pg_restore")]
        found += [path for pattern in ELSEWHERE for path in sorted(glob.glob(pattern), reverse=True)]
        return next((program for program in found if program and self.reads_drops(program)), None)

    def reads_drops(self, program):
        with subprocess.Popen(self.age(self.drop), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as opened:
            listed = subprocess.run([program, "-l"], stdin=opened.stdout, capture_output=True, check=False)
        # Without zstd it warns, and lists all the same.
        return listed.returncode == 0 and not listed.stderr

    def age(self, path):
        return ["age", "-d", "-i", self.setup.identity, path]

    def output(self):
        return os.path.join(self.folder, "output.0")

    def time(self, pipeline):
        # What was written before is not to be written out while others are timed.
        self.server.ask("postgres", "CHECKPOINT")
        os.sync()
        return measure.run([pipeline], self.folder, self.server, self.server.env)

    def time_reading(self, path, pipeline):
        """The bytes of the run are those of the file that it reads."""
        return dataclasses.replace(self.time(pipeline), bytes=os.path.getsize(path))

    def time_restoring(self, path, pipeline):
        self.server.ask("postgres", f"DROP DATABASE IF EXISTS {FRESH} WITH (FORCE);\nCREATE DATABASE {FRESH} TEMPLATE template0;")
        run = self.time_reading(path, pipeline)
        # What is fast and wrong does not count.
        checked = subprocess.run(
            self.verify_argv("--against", self.fresh), env=self.server.env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )
        if checked.returncode != 0:
            who = " | ".join(os.path.basename(argv[0]) for argv in pipeline)
            raise measure.BenchError(f"what {who} restored is not what was dumped:\n{checked.stdout[-2000:]}")
        return run

    def restore(self, jobs):
        argv = [self.setup.dynodrop, "restore", "-i", self.setup.identity, "-d", self.fresh]
        argv += [] if jobs is None else ["-j", str(jobs)]
        return self.time_restoring(self.drop, [argv + [self.drop]])

    def restore_pipe(self):
        return self.time_restoring(self.drop, [self.age(self.drop), [self.restorer, "-d", self.fresh]])

    def restore_file(self):
        """Jobs need a file that can be read anywhere."""
        opened = os.path.join(self.folder, "opened")
        script = 'program=$1 database=$2 opened=$3; shift 3; "$@" >"$opened"; "$program" -j JOBS -d "$database" "$opened"'
        argv = ["sh", "-ec", script.replace("JOBS", str(self.jobs)), "pg_restore", self.restorer, self.fresh, opened]
        run = self.time_restoring(self.stock, [argv + self.age(self.stock)])
        os.remove(opened)
        return run

    def dump(self):
        return self.time([[self.setup.dynodrop, "dump", "-q", "-d", self.source, "-r", self.setup.recipient, "-t", "-"]])

    def verify_argv(self, *options):
        return [self.setup.dynodrop, "verify", "-i", self.setup.identity, *options, self.drop]

    def verify(self):
        return self.time_reading(self.drop, [self.verify_argv()])

    def verify_against(self):
        return self.time_reading(self.drop, [self.verify_argv("--against", self.source)])
