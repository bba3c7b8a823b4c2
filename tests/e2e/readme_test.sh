#!/usr/bin/env bash
# What README.md tells people to type is what the programs understand: every `shap` line is a command line that would
# be sent, every option of a `shapd` line exists.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# commands_of PROGRAM: its command lines, joined where they go on in the next line, without what follows a #.
commands_of() {
    sed -n 's/^    //p' README.md | sed -e ':more' -e '/\\$/N' -e 's/\\\n */ /' -e 't more' |
        sed -n "s/ \{1,\}#.*//; /^$1 /p"
}

cp $data/copeland-register.csv "$work/register.csv"
cp $data/copeland-2010-11.csv "$work/plan.csv"
cp $data/copeland-2010-11-returns.csv "$work/returns.csv"
cp $data/copeland-2010-11-exception-report.csv "$work/q3-printed.csv"
cp $data/copeland-2010-11-grants.csv "$work/grants.csv"
cp $data/copeland-organisations.csv "$work/organisations.csv"
printf 'reference\nSH2.5/3/1\n' > "$work/signed.csv"
printf 'return,verdict\n301,accepted\n' > "$work/verdicts.csv"
printf 'name,organisation,role\nSam,home-housing,contributor\n' > "$work/people.csv"
printf 'class,rating,mark,rule\noverdue,red,R,It is late.\n' > "$work/our-rag.csv"
shapd cert init --dir "$work" --name shap.copeland.example > "$work/made"
(umask 077 && printf 'shap_%064d\n' 0 > "$work/admin.token")
commands_of shap > "$work/shap"
commands_of shapd > "$work/shapd"

# Nobody answers where these are sent: a command that is understood fails there (8), or says to sign in first (4). What
# looks at this machine only finds nothing in its outbox (0 or 6).
while read -r line; do
    try bash -c "cd '$work' && $line" < <(echo invitation)
    n_asserted=$((n_asserted + 1))
    case $line in
        "shap outbox list"* | "shap outbox drop"*) [ "$code" = 0 ] || [ "$code" = 6 ] || not_ok "README: exit code $code" seen; continue ;;
    esac
    [ "$code" = 4 ] || [ "$code" = 8 ] || not_ok "README: exit code $code" seen
done < "$work/shap"
is "more than 25 lines of shap" "$(($(wc -l < "$work/shap") > 25))" 1

{ shapd --help; shapd cert --help; } > "$work/options"
grep -oE -- '--[a-z-]+' "$work/shapd" | sort -u > "$work/named"
while read -r option; do
    holds "README: shapd has $option" grep -qE -- "(^|[ (])$option( |\)|$)" "$work/options"
done < "$work/named"
is "more than 4 lines of shapd" "$(($(wc -l < "$work/shapd") > 4))" 1
