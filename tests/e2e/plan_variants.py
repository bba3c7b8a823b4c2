"""Plans as councils save them: the sample written in other ways, a document that is hard to write, a large one.

Usage:  plan_variants.py make DIRECTORY        writes the files NAME.csv there
        plan_variants.py large FILE N          writes a plan of N milestones
        plan_variants.py same FILE OTHER       whether both have the same cells in the columns of a plan, in one order
"""
import csv
import io
import sys

SAMPLE = "tests/data/copeland-2010-11.csv"
COLUMNS = ["objective_code", "objective_heading", "objective_title", "purpose", "action_no", "action", "milestone_no",
           "milestone", "who", "when", "measure"]


def rows_of(path):
    """The rows of a file as dictionaries; a column it does not have is empty."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        heading, *rows = csv.reader(file, strict=True)
    names = [name.strip().lower().replace(" ", "_") for name in heading]
    return [{name: row[names.index(name)] if name in names else "" for name in COLUMNS} for row in rows]


def written(rows, columns, **style):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n", **style)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def hard_rows():
    """Every cell that a careless reader or writer would change."""
    cells = ['a "quoted" word', '"', '""', "one, two", "first\r\nsecond", "first\nsecond", "first\rsecond", "\n", "  spaces around  ",
             "\ttab\t", "caf\u00e9 \u2013 \u00a35m \u2018so\u2019", "\u6771\u4eac \U0001f3e0", "e\u0301 not \u00e9",
             "non\u00a0breaking", "=1+1", "-", "'text", "a;b|c\\d", "\u200bunseen", "\ufeffmark", "NULL", "\\N", "0"]
    rows = []
    for number, cell in enumerate(cells, 1):
        row = dict.fromkeys(COLUMNS, "")
        row.update(objective_code="H 3.2", objective_heading="H 3.2: " + cell, objective_title=cell, purpose=cell,
                   action_no="01" if number % 2 else "1.", action="Act: " + cell, milestone_no=" %d " % number,
                   milestone="Step: " + cell, who=cell, when=cell, measure=cell)
        rows.append(row)
    return rows


def make(directory):
    with open(SAMPLE, "rb") as file:
        sample = file.read()
    rows = rows_of(SAMPLE)
    with_more = [dict(row, notes='left "out", %d' % n, **{"RAG rating": "green"}) for n, row in enumerate(rows)]
    needed = [name for name in COLUMNS if name not in ("objective_heading", "objective_title", "purpose", "measure")]
    variants = {
        "as-it-is": sample,
        "with-bom": b"\xef\xbb\xbf" + sample,
        "with-lf": sample.replace(b"\r\n", b"\n"),
        "no-last-line-end": sample.removesuffix(b"\r\n"),
        "other-order": written(rows, sorted(COLUMNS, reverse=True)),
        "other-names": sample.replace(b"objective_code,", b"Objective Code,", 1).replace(b",when,", b", WHEN ,", 1),
        "all-quoted": written(rows, COLUMNS, quoting=csv.QUOTE_ALL),
        "more-columns": written(with_more, ["notes"] + COLUMNS[:5] + ["RAG rating"] + COLUMNS[5:]),
        "needed-columns": written(rows, needed, extrasaction="ignore"),
        "hard-cells": written(hard_rows(), COLUMNS),
    }
    for name, content in variants.items():
        with open("%s/%s.csv" % (directory, name), "wb") as file:
            file.write(content)


def large(path, n_rows):
    """Forty milestones to an action, twenty-five actions to an objective, with every tenth cell one that is quoted."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for n in range(n_rows):
            objective, action, milestone = n // 1000 + 1, n % 1000 // 40 + 1, n % 40 + 1
            writer.writerow(["SH9.%d" % objective, "SH9.%d Homes" % objective, "Homes", "", action,
                             "Action %d, of many" % action, milestone,
                             "Milestone %d%s" % (n, ' "so"\nit goes on' if n % 10 == 0 else ""), "HSM / HRM",
                             "July 2010", "Measure %d \u00a3" % n])


def main(verb, *arguments):
    if verb == "make":
        make(*arguments)
    elif verb == "large":
        large(arguments[0], int(arguments[1]))
    else:
        one, other = (rows_of(path) for path in arguments)
        if one != other:
            sys.exit("%s and %s differ: %s" % (*arguments, next(
                (pair for pair in zip(one, other) if pair[0] != pair[1]), (len(one), len(other)))))


main(*sys.argv[1:])
