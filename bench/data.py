"""The databases: made by the files in sql/, once per folder."""
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import measure

SQL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql")
# What makes each, at the same time.
DATABASES = {"big": ["account", "reading"], "tables": ["tables"], "toast": ["document", "attachment"]}
# A table of at least this many pages (8 MB) is read in ranges when there are several connections.
PAGES_TO_SPLIT = 1024


def facts_file(folder, name):
    return os.path.join(folder, f"{name}.facts.json")


def make(server, folder, name, scale):
    """Makes the database unless an earlier run did, and returns what is known of it (see look_at)."""
    path = facts_file(folder, name)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            facts = json.load(file)
        if facts["scale"] != scale:
            raise measure.BenchError(f"{folder} was made with --scale {facts['scale']}: ask for that or name another folder")
        return facts
    started = time.monotonic()
    print(f"making the database {name}", file=sys.stderr)
    load(server, name, scale)
    facts = look_at(server, folder, name) | {"scale": scale}
    # Written last: a database that was not finished is made again.
    with open(path, "w", encoding="utf-8") as file:
        json.dump(facts, file)
    print(f"made it in {time.monotonic() - started:.0f} s: {facts['bytes'] / 1e6:.0f} MB of rows", file=sys.stderr)
    return facts


def load(server, name, scale):
    def run_sql(stem):
        server.run_file(name, os.path.join(SQL, f"{stem}.sql"), scale=scale)

    server.ask("postgres", f"DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name} TEMPLATE template0;")
    run_sql("text")
    with ThreadPoolExecutor() as pool:
        list(pool.map(run_sql, DATABASES[name]))
    run_sql("finish")


def look_at(server, folder, name):
    """Writes the rows' text into files, for the measurement of zstd alone, and returns its sizes. "raw" are the files,
    those of each core: each with the one table that it has a part of, or with None for many."""
    facts = {"bytes": 0, "rows": 0, "longest": 0, "tables": len(tables(server, name)), "raw": []}
    for core, scripts in enumerate(copy_scripts(server, name, len(os.sched_getaffinity(0)), "STDOUT")):
        files = []
        for number, (table, script) in enumerate(scripts):
            path = os.path.join(folder, f"{name}.rows.{core}.{number}")
            with open(path, "wb") as file:
                subprocess.run(server.psql_argv(name), input=script.encode(), stdout=file, env=server.env, check=True)
            count_rows(path, facts)
            files.append((table, path))
        facts["raw"].append(files)
    return facts


def count_rows(path, facts):
    with open(path, "rb") as file:
        for row in file:
            facts["bytes"] += len(row)
            facts["rows"] += 1
            facts["longest"] = max(facts["longest"], len(row))


def tables(server, name):
    """All tables as (name, pages, bytes), the largest first."""
    found = server.ask(name, """
        SELECT format('%I.%I', nspname, relname), relpages, pg_table_size(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')
        ORDER BY pg_table_size(c.oid) DESC, 1;""")
    return [(table, int(pages), int(size)) for table, pages, size in found]


def copy_scripts(server, name, connections, target):
    """Returns for each connection the SQL that copies its share of all rows out: for each large table, which is cut into
    ranges, (table, SQL), and (None, SQL) for its share of the others."""
    scripts, loads, others = [[] for _ in range(connections)], [0] * connections, [[] for _ in range(connections)]
    for table, pages, size in tables(server, name):
        if connections > 1 and pages >= PAGES_TO_SPLIT:
            for number, script in enumerate(scripts):
                first, end = pages * number // connections, pages * (number + 1) // connections
                upper = f" AND ctid < '({end},0)'" if end < pages else ""
                script.append((table, f"COPY (SELECT * FROM ONLY {table} WHERE ctid >= '({first},0)'{upper}) TO {target};\n"))
        else:
            number = loads.index(min(loads))
            loads[number] += size
            others[number].append(f"COPY {table} TO {target};\n")
    return [script + ([(None, "".join(other))] if other else []) for script, other in zip(scripts, others)]
