"""The report, in Markdown."""
import os
import platform
import re
from statistics import median

import contenders
from measure import read

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")
MEMORY_LIMIT = 128 << 20
# libpq holds all of a row of this size or more while it passes.
LARGE_ROW = 16 << 20
ROW_FACTOR = 1.1


def cores():
    return len(os.sched_getaffinity(0))


def field(text, name):
    return next((line.split(":", 1)[1].strip() for line in (text or "").splitlines() if line.startswith(name)), "unknown")


def table(head, rows):
    """Of rows of strings; all columns but the first are numbers."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def mb(size):
    return f"{size / 1e6:,.1f}"


def mib(size):
    return f"{size / (1 << 20):.0f}"


def machine(setup):
    memory = int(field(read("/proc/meminfo"), "MemTotal").split()[0]) / (1 << 20)
    return (
        f"{cores()} cores, {field(read('/proc/cpuinfo'), 'model name')}; {memory:.0f} GiB of memory; "
        f"{platform.system()} {platform.release()}, {platform.machine()}.\n{', '.join(setup.versions)}.\n"
    )


class Results:
    """What was measured on one database: {name: [measure.Run of each round]}."""

    def __init__(self, runs):
        self.runs = runs

    def middle(self, name, of):
        return median(of(run) for run in self.runs[name])

    def ratio(self, name, other, of):
        """The median of the rounds' ratios, so that a round in which the machine was busy tells as much as another."""
        return median(of(one) / of(another) for one, another in zip(self.runs[name], self.runs[other]))

    def limit(self, copy, zstd, round_number):
        """Seconds that the server's work and zstd's would take if nothing else were to be done and no core ever waited."""
        return (self.runs[copy][round_number].server + self.runs[zstd][round_number].user) / cores()

    def to_limit(self, name, copy, zstd):
        rounds = range(len(self.runs[name]))
        return median(self.runs[name][i].wall / self.limit(copy, zstd, i) for i in rounds)


def wall(run):
    return run.wall


def size(run):
    return run.bytes


def database_table(facts, results, base=contenders.PG_DUMP):
    """The speed of `base` is 1."""
    head = ["", "wall, s", "from–to", "speed", "CPU of programs, s", "CPU of server, s", "CPU, s/GB", "others, s"]
    head += ["memory, MiB", "bytes, MB"]
    rows = []
    for name, runs in results.runs.items():
        walls = [run.wall for run in runs]
        own = max(run.own_peak for run in runs)
        rows.append([
            name,
            f"{median(walls):.2f}",
            f"{min(walls):.2f}–{max(walls):.2f}",
            f"{results.ratio(base, name, wall):.2f}×" if base in results.runs else "",
            f"{results.middle(name, lambda run: run.user):.2f} + {results.middle(name, lambda run: run.system):.2f}",
            f"{results.middle(name, lambda run: run.server):.2f}",
            f"{results.middle(name, lambda run: run.cpu) / facts['bytes'] * 1e9:.1f}",
            f"{results.middle(name, lambda run: run.others):.2f}",
            mib(max(run.peak for run in runs)) + (f" ({mib(own)})" if own else ""),
            mb(results.middle(name, size)),
        ])
    return table(head, rows)


def memory_limit(facts):
    """What dynodrop may hold, in bytes."""
    longest = facts["longest"]
    return MEMORY_LIMIT + (ROW_FACTOR * longest if longest > LARGE_ROW else 0)


class Hopes:
    """The table of what was hoped for."""

    def __init__(self):
        self.rows = []

    def add(self, what, measured, wanted, good):
        self.rows.append([what, measured, wanted, "yes" if good else "**no**"])

    def at_least(self, what, ratio, wanted):
        self.add(what, f"{ratio:.2f}×", f"at least {wanted}×", ratio >= wanted)

    def at_most(self, what, ratio, wanted):
        self.add(what, f"{ratio:.2f}×", f"at most {wanted}×", ratio <= wanted)

    def table(self):
        return table(["", "measured", "hoped for", "reached"], self.rows)


class Promises(Hopes):
    """Those of bench/run; a line is left out where who it is about was not timed."""

    def __init__(self, setup, facts, results):
        super().__init__()
        self.setup, self.facts, self.results = setup, facts, results

    def has(self, name, *contender_names):
        return name in self.results and all(other in self.results[name].runs for other in contender_names)

    def jobs(self, wanted):
        """dynodrop with that many jobs, or with the next fewer that was timed."""
        if self.setup.jobs == [None]:
            return None
        return max((jobs for jobs in self.setup.jobs if jobs <= wanted), default=min(self.setup.jobs))

    def speed(self):
        name = contenders.dynodrop_name(self.jobs(cores()))
        if self.has("big", name, contenders.PG_DUMP):
            ratio = self.results["big"].ratio(contenders.PG_DUMP, name, wall)
            self.at_least(f"big: {name} faster than {contenders.PG_DUMP}", ratio, 4)
        if self.has("big", name, contenders.PIPELINE):
            ratio = self.results["big"].ratio(contenders.PIPELINE, name, wall)
            self.at_least(f"big: {name} faster than the pipeline", ratio, 1.7)
            ratio = self.results["big"].ratio(name, contenders.PIPELINE, size)
            self.add(f"big: bytes of {name} to the pipeline's", f"{(ratio - 1) * 100:+.1f} %", "at most +2 %", ratio <= 1.02)
        self.to_limit(name)
        if self.has("tables", name, contenders.PG_DUMP):
            ratio = self.results["tables"].ratio(name, contenders.PG_DUMP, wall)
            self.at_most(f"tables: time of {name} to that of {contenders.PG_DUMP}", ratio, 1)

    def to_limit(self, name):
        connections = self.setup.connections
        copy = contenders.copy_name(max((n for n in connections if n <= cores()), default=min(connections)))
        if not self.has("big", name, copy):
            return
        zstd = contenders.ZSTD_CHOSEN if self.setup.level == "auto" else contenders.zstd_name(self.setup.level)
        ratio = self.results["big"].to_limit(name, copy, zstd)
        self.at_most(f"big: time of {name} to the machine's limit", ratio, 1.25)

    def one_job(self):
        name = contenders.dynodrop_name(self.jobs(1))
        if self.has("big", name, contenders.PIPELINE):
            ratio = self.results["big"].ratio(name, contenders.PIPELINE, wall)
            self.at_most(f"big: time of {name} to the pipeline's", ratio, 1)

    def memory(self):
        name = contenders.dynodrop_name(self.jobs(4))
        for database, facts in self.facts.items():
            if not self.has(database, name):
                continue
            runs = self.results[database].runs[name]
            # The samples of the sum may miss the moment of the peak that the kernel notes for one process.
            most = max(max(run.peak, run.own_peak) for run in runs)
            limit = memory_limit(facts)
            self.add(f"{database}: memory of {name} and its children", f"{mib(most)} MiB", f"at most {mib(limit)} MiB", most <= limit)

    def text(self):
        self.speed()
        self.memory()
        self.one_job()
        return self.table() if self.rows else ""


def facts_table(facts):
    rows = [
        [name, f"{fact['tables']:,}", f"{fact['rows']:,}", mb(fact["bytes"]), f"{fact['longest']:,}"]
        for name, fact in facts.items()
    ]
    return table(["database", "tables", "rows", "their text, MB", "the longest row, bytes"], rows)


def write(setup, server, facts, runs, chosen):
    results = {name: Results(measured) for name, measured in runs.items()}
    shared = server.ask("postgres", "SHOW shared_buffers")[0][0]
    parts = [
        "# Measurements\n",
        "Made by `bench/run`; `bench/README.md` says what is measured and how to read it. "
        f"Scale {chosen.scale:g}, {chosen.rounds} round{'s' if chosen.rounds > 1 else ''}, medians; "
        f"zstd level of dynodrop: {setup.level}.\n",
        machine(setup) + f"The server, with `shared_buffers` of {shared}, runs on the same machine.\n",
        facts_table(facts),
    ]
    if "dynodrop" in setup.kinds and not setup.has_jobs:
        parts.append("This dynodrop has no `--jobs`: it was timed once a round, as it is.\n")
    parts += [f"## {name}\n\n" + database_table(facts[name], result) for name, result in results.items()]
    promises = Promises(setup, facts, results).text()
    if promises:
        parts.append("## What was hoped for\n\n" + promises)
    return "\n".join(parts)


def keep(text):
    """Writes the report into RESULTS.md, in place of the one with the same title, leaving those with others as they are."""
    kept = re.split(r"^(?=# )", read(RESULTS) or "", flags=re.MULTILINE)
    titles = [part.splitlines()[0] if part else "" for part in kept]
    title = text.splitlines()[0]
    if title in titles:
        kept[titles.index(title)] = text
    else:
        kept.append(text)
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write("\n".join(part.strip("\n") + "\n" for part in kept if part))
