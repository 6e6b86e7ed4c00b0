"""Who is timed."""
import os
import re
import shutil
import subprocess

import data
import measure

KINDS = ["dynodrop", "pg_dump", "pipeline", "floor"]
PG_DUMP = "pg_dump -Fc"
PIPELINE = "pg_dump -Fc -Z0 | zstd -3 -T0 | age -r"
# What dynodrop's automatic choice may be.
LEVELS = [1, 2, 3]


def dynodrop_name(jobs):
    return "dynodrop" if jobs is None else f"dynodrop -j {jobs}"


def copy_name(connections):
    return f"COPY TO '/dev/null', {connections} connection{'s' if connections > 1 else ''}"


def zstd_name(level):
    return f"zstd -{level}, one process a core"


ZSTD_CHOSEN = "zstd at the levels dynodrop chose"


class Setup:
    """The programs and settings that are the same for every database."""

    def __init__(self, folder, dynodrop, jobs, level, kinds):
        self.folder = folder
        self.dynodrop = dynodrop
        self.level = level
        self.kinds = kinds
        self.connections = jobs
        self.has_jobs = "--jobs" in subprocess.run([dynodrop, "dump", "--help"], check=True, capture_output=True, text=True).stdout
        self.jobs = jobs if self.has_jobs else [None]
        self.identity = os.path.join(folder, "identity.txt")
        self.recipient = None
        self.versions = []

    def use_programs_of(self, server):
        """Makes the key, and asks the programs which version they are."""
        for program in ("age", "age-keygen", "zstd"):
            if shutil.which(program, path=server.env["PATH"]) is None:
                raise measure.BenchError(f"{program} is not installed; run 'make bench' or 'tests/deps bench'")

        def say(*argv):
            return subprocess.run(argv, check=True, capture_output=True, text=True, env=server.env).stdout.strip()

        if not os.path.exists(self.identity):
            say("age-keygen", "-o", self.identity)
        self.recipient = say("age-keygen", "-y", self.identity)
        for program in ("postgres", "pg_dump", self.dynodrop, "zstd", "age"):
            # "postgres (PostgreSQL) 18.4", "*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***", "1.1.1"
            version = re.search(r"\d+\.[\w.+-]+", say(program, "--version").removeprefix(program))[0]
            self.versions.append(f"{os.path.basename(program)} {version}")

    @property
    def levels(self):
        """Of zstd, to be timed alone."""
        return LEVELS if self.level == "auto" else [int(self.level)]


class Contender:
    """Some pipelines that run at the same time and are timed together."""

    def __init__(self, name, pipelines, setup, sealed=False, rows=None):
        self.name = name
        self.pipelines = pipelines
        self.setup = setup
        self.sealed = sealed  # writes a file that age opens
        self.rows = rows  # that it has to say it wrote

    def run(self, server):
        folder = os.path.join(self.setup.folder, "run")
        os.makedirs(folder, exist_ok=True)
        try:
            run = measure.run(self.pipelines, folder, server, server.env)
            # What is fast and wrong does not count.
            if self.sealed:
                self.check_opens(os.path.join(folder, "output.0"), server)
            if self.rows is not None:
                self.check_rows(run.said)
        finally:
            shutil.rmtree(folder)
        return run

    def check_opens(self, drop, server):
        """The file has to open, to its last byte."""
        opened = subprocess.run(["age", "-d", "-i", self.setup.identity, "-o", "/dev/null", drop], env=server.env, check=False)
        if opened.returncode != 0:
            raise measure.BenchError(f"what '{self.name}' wrote does not open")

    def check_rows(self, said):
        counted = re.findall(r"^dynodrop: done .*\brows=(\d+)", said, re.MULTILINE)
        if counted != [str(self.rows)]:
            raise measure.BenchError(f"'{self.name}' should have written {self.rows} rows, and said:\n{said[-2000:]}")


def of_database(name, facts, server, setup):
    """Returns the contenders for a database, in the order in which they are shown."""
    address = server.address(name)
    found = []
    if "dynodrop" in setup.kinds:
        for jobs in setup.jobs:
            argv = [setup.dynodrop, "dump", "-d", address, "-r", setup.recipient, "-t", "-", "-z", setup.level]
            argv += [] if jobs is None else ["-j", str(jobs)]
            found.append(Contender(dynodrop_name(jobs), [[argv]], setup, sealed=True, rows=facts["rows"]))
    if "pg_dump" in setup.kinds:
        found.append(Contender(PG_DUMP, [[["pg_dump", "-Fc", "-d", address]]], setup))
    if "pipeline" in setup.kinds:
        dump = ["pg_dump", "-Fc", "-Z0", "-d", address]
        found.append(Contender(PIPELINE, [[dump, ["zstd", "-3", "-T0", "-q"], ["age", "-r", setup.recipient]]], setup, sealed=True))
    if "floor" in setup.kinds:
        for connections in setup.connections:
            found.append(Contender(copy_name(connections), copy_pipelines(server, name, connections, setup.folder), setup))
        for level in setup.levels:
            found.append(Contender(zstd_name(level), zstd_pipelines(facts, lambda _, level=level: f"-{level}"), setup))
        if setup.level == "auto" and "dynodrop" in setup.kinds:
            chosen = chosen_levels(server, name, setup)
            # A table that is read as a whole gets level 1.
            found.append(Contender(ZSTD_CHOSEN, zstd_pipelines(facts, lambda table: chosen.get(table, "-1")), setup))
    return found


def zstd_pipelines(facts, level_of):
    """One a core, which compresses the core's files one by one."""
    return [
        [["sh", "-ec", "\n".join(f"zstd {level_of(table)} --single-thread -q -c '{path}'" for table, path in files)]]
        for files in facts["raw"]
    ]


def chosen_levels(server, name, setup):
    """For each table that dynodrop reads in parts, zstd's options for the level that it chooses, as it says itself."""
    argv = [setup.dynodrop, "dump", "-v", "-d", server.address(name), "-r", setup.recipient, "-t", "-"]
    dump = subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=server.env)
    found = re.findall(r"table (\S+): level (\d+), distance (\d+)", dump.stderr)
    return {
        table: f"-{level}" + (f" --zstd=targetLength={distance} --compress-literals" if distance != "0" else "")
        for table, level, distance in found
    }


def copy_pipelines(server, name, connections, folder):
    pipelines = []
    for number, script in enumerate(data.copy_scripts(server, name, connections, "'/dev/null'")):
        path = os.path.join(folder, f"{name}.copy.{connections}.{number}.sql")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(sql for _, sql in script)
        pipelines.append([server.psql_argv(name, "-f", path)])
    return pipelines
