"""Checks a report's HTML page: well-formed XML, self-contained, and what a screen reader needs of it."""
import sys
import xml.etree.ElementTree as tree

X = "{http://www.w3.org/1999/xhtml}"


def check(root):
    """Yields what is wrong with the page."""
    if root.tag != X + "html" or not root.get("lang"):
        yield "the page does not name its language"
    if not root.findtext(f"{X}head/{X}title"):
        yield "the page has no title"
    for element in root.iter():
        name = element.tag.removeprefix(X)
        if name in ("script", "link", "img", "iframe", "object"):
            yield f"<{name}> makes the page depend on something else"
        for attribute in element.keys():
            if attribute in ("src", "href") or attribute.startswith("on"):
                yield f"<{name} {attribute}> makes the page depend on something else"
    style = root.findtext(f"{X}head/{X}style") or ""
    if "@media print" not in style or "url(" in style or "@import" in style:
        yield "the style must print well and load nothing"
    yield from check_headings(root)
    for table in root.iter(X + "table"):
        yield from check_table(table)


def check_headings(root):
    levels = [int(e.tag[-1]) for e in root.iter() if e.tag in (X + "h1", X + "h2", X + "h3")]
    if levels.count(1) != 1 or levels[0] != 1:
        yield "there must be one first-level heading, before all others"
    for before, after in zip(levels, levels[1:]):
        if after > before + 1:
            yield "a heading skips a level"


def check_table(table):
    if not (table.findtext(X + "caption") or "").strip():
        yield "a table has no caption"
    columns = table.findall(f"{X}thead/{X}tr/{X}th")
    if not columns or any(th.get("scope") != "col" for th in columns):
        yield "a table's columns have no headings with a scope"
    for body in table.findall(X + "tbody"):
        rows = body.findall(X + "tr")
        heads = [th for row in rows for th in row.findall(X + "th")]
        span = int(heads[0].get("rowspan", "1")) if heads else 0
        if len(heads) != 1 or span != len(rows) or heads[0].get("scope") not in ("row", "rowgroup"):
            yield "a group of rows has no heading of its own"
        for i, row in enumerate(rows):
            if len(row) != len(columns) - (i > 0):
                yield "a row has another number of cells than the table columns"


problems = list(check(tree.parse(sys.argv[1]).getroot()))
for problem in problems:
    print(problem)
sys.exit(bool(problems))
