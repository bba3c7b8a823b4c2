#!/usr/bin/env bash
# A plan goes in and comes out: its own bytes, its cells in the canonical form; what a second document changes; nothing
# of a plan before its last part.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

sample=$data/copeland-2010-11.csv
variants() { $python tests/e2e/plan_variants.py "$@"; }
coordinator() { shap --as coordinator "$@"; }
# recorded: what the database has of plans, without the parts of documents that are on their way.
recorded() {
    database -c "select (select count(*) from shap.plan), (select count(*) from shap.plan_version),
        (select count(*) from shap.milestone), (select count(*) from shap.when_reading), (select count(*) from shap.doubt),
        (select count(distinct (e.council_id, e.link)) from shap.entry e where e.kind not like 'import_%')"
}

found
people_of_the_sample "$work/administrator.token"
coordinator --quiet register import $data/copeland-register.csv > /dev/null

# ---- --dry-run of a plan that is not there: a row for each milestone, and nothing is stored

before=$(recorded)
try coordinator plan import "$sample" --year 2010/11 --dry-run --format csv
exits 0
err "171 changes in 171 rows; nothing was imported"
is "rows of the difference" "$(csv_column kind < "$work/out" | sort | uniq -c | tr -s ' ')" " 171 added"
is "the first row's line" "$(csv_column line < "$work/out" | head -n 1)" 2
is "what a rehearsal stored" "$(recorded)" "$before"
try coordinator plan show
exits 6

# ---- the sample: byte for byte

coordinator --quiet plan import "$sample" --year 2010/11 > /dev/null
try coordinator plan export
exits 0
same "$work/out" "$sample"
try coordinator plan export --original
exits 0
same "$work/out" "$sample"
try coordinator plan export -o "$work/export.csv"
exits 0
same "$work/export.csv" "$sample"
before=$(recorded)
try coordinator plan import "$work/export.csv" --year 2010/11 --dry-run --format csv
exits 0
err "0 changes in 171 rows"
is "what a rehearsal of the export stored" "$(recorded)" "$before"

# ---- the same written in other ways, and cells that are hard to write

mkdir "$work/plans"
variants make "$work/plans"
year=2010
for file in "$work"/plans/*.csv; do
    year=$((year + 1))
    plan=copeland/$year-$(((year + 1) % 100))
    name=$(basename "$file" .csv)
    try coordinator plan import "$file" --year "${plan#*/}"
    exits 0
    cp "$work/err" "$work/$name.err"
    try coordinator plan export --plan "$plan" --original
    exits 0
    same "$work/out" "$file"
    try coordinator plan export "$plan"
    exits 0
    holds "$name comes out cell for cell" variants same "$file" "$work/out"
    is "the heading of the canonical form, for $name" "$(head -n 1 "$work/out")" "$(head -n 1 "$sample")"
    is "bare line feeds between the rows of $name" "$($python -c 'import csv, io, sys
text = open(sys.argv[1], newline="", encoding="utf-8").read()
out = io.StringIO()
csv.writer(out).writerows(csv.reader(io.StringIO(text, newline="")))
print(out.getvalue() == text)' "$work/out")" True
    case $name in
        hard-cells | needed-columns) ;;
        *) same "$work/out" "$sample" ;;
    esac
done
is "years imported" "$((year - 2010))" 10
cp "$work/more-columns.err" "$work/err"
err 'more-columns.csv, line 1: the column "notes" is not known and is left out' 'the column "RAG rating" is not known'
is "warnings about unknown columns" "$(grep -c '^shap: warning: ' "$work/err")" 2
for name in as-it-is with-bom with-lf other-order other-names all-quoted needed-columns hard-cells; do
    never "$name was warned of" grep -q warning "$work/$name.err"
done

# ---- a second document of an adopted plan: listed row by row, and the baseline's date holds until a grant

coordinator --quiet plan adopt --day 2010-07-14 > /dev/null
due() { coordinator --quiet milestone show "$1" --format json | jq -r '.milestone | "\(.when), \(.last_day), \(.new_day // "")"'; }
$python - "$sample" "$work/second.csv" << 'PY'
import csv, sys
heading, *rows = csv.reader(open(sys.argv[1], newline="", encoding="utf-8"))
at = {name: n for n, name in enumerate(heading)}
second = []
for row in rows:
    reference = "%s/%s/%s" % tuple(row[at[name]] for name in ("objective_code", "action_no", "milestone_no"))
    if reference == "SH1.1/4/1":
        continue
    if reference == "SH1.1/1/1":
        row[at["when"]] = "September 2010"
    if reference == "SH1.1/2/1":
        row[at["measure"]] = "Reworded, with a comma"
    second.append(row)
    if reference == "SH1.1/3/2":
        second.append(row[:at["milestone_no"]] + ["3", "Ask again", "HRM", "March 2011", ""])
csv.writer(open(sys.argv[2], "w", newline="", encoding="utf-8")).writerows([heading] + second)
PY
cat > "$work/difference" << TEXT
reworded SH1.1/1/1 when: July 2010 -> September 2010
reworded SH1.1/2/1 measure: Improve our NI14 unavoidable contact performance. -> Reworded, with a comma
added SH1.1/3/3 null: null -> Ask again
removed SH1.1/4/1 null: Annual service plan sets out customer feedback. -> null
TEXT
before=$(recorded)
was_due=$(due SH1.1/1/1)
try coordinator plan import "$work/second.csv" --year 2010/11 --dry-run --format json
exits 0
jq -r '.[] | "\(.kind) \(.reference) \(.field): \(.before) -> \(.after)"' "$work/out" > "$work/changes"
same "$work/changes" "$work/difference"
is "what the second rehearsal stored" "$(recorded)" "$before"
coordinator --quiet plan import "$work/second.csv" --year 2010/11 > /dev/null
try coordinator plan export
exits 0
same "$work/out" "$sample"
try coordinator plan export --version 2
exits 0
holds "version 2 comes out cell for cell" variants same "$work/second.csv" "$work/out"
is "the date before the second adoption" "$(due SH1.1/1/1)" "$was_due"
coordinator --quiet plan adopt --version 2 --day 2010-10-01 > /dev/null
try coordinator plan export
exits 0
holds "version 2 is in force" variants same "$work/second.csv" "$work/out"
try coordinator plan export --original --version 1
exits 0
same "$work/out" "$sample"
try coordinator milestone show SH1.1/4/1
exits 6
is "the new milestone" "$(due SH1.1/3/3)" "March 2011, 2011-03-31, "
class_of() {
    coordinator --quiet milestone list --as-at 2010-12-31 --objective SH1.1 --format json |
        jq -r --arg at "$1" '.[] | select(.reference == $at) | "\(.last_day) \(.new_day // "") \(.class // .milestone_class)"'
}
is "what the second document's date does without a grant" "$(class_of SH1.1/1/1)" "2010-07-31  no_return"
coordinator --quiet grant add SH1.1/1/1 --new-date "September 2010" --day 2010-10-01 --reason "The plan of October says so." > /dev/null
is "what a grant does" "$(class_of SH1.1/1/1)" "2010-07-31 2010-09-30 overdue"

# ---- a large plan, in parts; nothing of it shows before the last one

variants large "$work/large.csv" 20000
parts_of() { database -c "select count(*) from shap.import_part where file_name = '$1'"; }
has_parts() { [ "$(parts_of "$1")" -ge "$2" ]; }
# begin_import: an import that has sent some parts and waits for the rest of its file, a pipe. Its process is $importer.
begin_import() {
    rm -f "$work/$1"
    mkfifo "$work/$1"
    shap --as coordinator plan import "$work/$1" --year 2030/31 > "$work/out" 2> "$work/err" &
    importer=$!
    exec 9> "$work/$1"
    head -c 1000000 "$work/large.csv" >&9
    await "some parts of $1" has_parts "$1" 3
}
nothing_shows() {
    is "what is recorded $1" "$(recorded)" "$before"
    never "the plan can be seen $1" coordinator plan show copeland/2030-31
    never "its milestones can be seen $1" coordinator milestone list --plan copeland/2030-31
    never "it can be exported $1" coordinator plan export copeland/2030-31
    never "it can be adopted $1" coordinator plan adopt copeland/2030-31
}
# end_import SIGNAL: it is ended in the middle.
end_import() {
    tried="the import ended by $1"
    code=0
    kill "-$1" "$importer"
    wait "$importer" 2> /dev/null || code=$?
    exec 9>&-
}
before=$(recorded)
begin_import interrupted.csv
nothing_shows "on its way"
end_import INT
exits 130
nothing_shows "when it was interrupted"
begin_import killed.csv
end_import KILL
exits 137
nothing_shows "when its client was killed"

begin_import whole.csv
tail -c +1000001 "$work/large.csv" >&9
exec 9>&-
code=0
wait "$importer" || code=$?
tried="the import through a pipe"
exits 0
err "20000 milestones"
is "its versions" "$(coordinator --quiet plan versions copeland/2030-31 --format json | jq -r '.[] | "\(.version) \(.milestones)"')" "1 20000"
n_parts=$(parts_of whole.csv)
holds "it came in $n_parts parts, many" test "$n_parts" -gt 20
try coordinator plan export copeland/2030-31
exits 0
same "$work/out" "$work/large.csv"
try coordinator plan export copeland/2030-31 --original
exits 0
same "$work/out" "$work/large.csv"
stop_server
