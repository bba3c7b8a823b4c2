# shellcheck shell=bash
# The sample: Copeland's plan for 2010/11 and what happened to it until the end of the third quarter, told through
# `shap` as its people would. Sourced by ./run and by the tests, from the project's top directory; needs shapd and shap
# in PATH, SHAP_SERVER, SHAP_PLAN and XDG_CONFIG_HOME set, a directory $work, and `say` and `fail CAUSE CURE` defined.

data=tests/data

# start_server LOG ARGUMENT...: starts shapd, and waits until it serves on all its addresses. Its process is $server.
start_server() {
    local log=$1 waited=0 argument n_addresses=0
    shift
    for argument; do [ "$argument" != --listen ] || n_addresses=$((n_addresses + 1)); done
    [ "$n_addresses" -gt 0 ] || n_addresses=1
    : > "$log"
    shapd "$@" 2>> "$log" &
    server=$!
    until [ "$(grep -c ' listening ' "$log")" -ge "$n_addresses" ]; do
        kill -0 "$server" 2> /dev/null || { tail -n 5 "$log" >&2; fail "shapd did not start." "Its last lines are above."; }
        waited=$((waited + 1))
        [ "$waited" -lt 600 ] || fail "shapd did not answer within a minute." "Its log is $log."
        sleep 0.1
    done
}

# Stops the server, if there is one, and waits for its end; answers its exit code.
stop_server() {
    local code=0
    if [ -n "${server:-}" ]; then
        kill -TERM "$server" 2> /dev/null || true
        wait "$server" 2> /dev/null || code=$?
        server=
    fi
    return "$code"
}

# found_council LOG DIRECTORY TOKEN_FILE [NAME]: the council and its administrator's token.
found_council() {
    local name=${4:-Copeland}
    shapd --embedded "$2" --init --council "$name" --administrator "$name Administrator" \
        --token-file "$3" > /dev/null 2> "$1" ||
        { tail -n 5 "$1" >&2; fail "The council could not be made." "shapd's last lines are above."; }
}

# csv_column NAME: that column of the CSV on stdin, whose cells before it hold no comma.
csv_column() {
    tr -d '\r' | awk -F , -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }'
}

# invite PROFILE NAME ORGANISATION ROLE [ADMINISTRATOR]: adds a person, who signs in with the invitation under PROFILE.
invite() {
    shap --as "${5:-administrator}" --quiet person add "$2" --organisation "$3" --role "$4" \
        --email "$1@example.org" --format csv | csv_column code | shap --as "$1" --quiet login > /dev/null
}

# people_of_the_sample TOKEN_FILE: the file of the administrator's token.
people_of_the_sample() {
    say "the administrator adds the partners and invites the people"
    shap --as administrator --quiet login --token-file "$1" > /dev/null
    local code name
    while IFS=, read -r code name; do
        shap --as administrator --quiet org add "$code" "$name" > /dev/null
    done < <(tail -n +2 $data/copeland-organisations.csv | tr -d '\r')
    invite coordinator "Copeland Coordinator" copeland coordinator
    invite officer "Copeland Housing Officer" copeland contributor
    invite partner "Supporting People Officer" supporting-people-team contributor
}

plan_of_the_sample() {
    say "the coordinator imports the register and the plan, and adopts it"
    shap --as coordinator --quiet register import $data/copeland-register.csv > /dev/null
    shap --as coordinator --quiet plan import $data/copeland-2010-11.csv --council copeland --year 2010/11 > /dev/null
    shap --as coordinator --quiet plan describe --title "Strategic Housing Action Plan" \
        --lead-officer "Pat Graham, Corporate Director" \
        --author "Julie Betteridge, Head of Development Strategy" > /dev/null
    shap --as coordinator --quiet plan adopt --day 2010-07-14 --note "Strategic Housing Panel, July 2010" > /dev/null
}

# submit_for ORGANISATION PROFILE: the returns of one organisation, from a file of their own.
submit_for() {
    local file=$work/$1-returns.csv
    awk -F , -v organisation="$1" 'NR == 1 || $2 == organisation' $data/copeland-2010-11-returns.csv > "$file"
    shap --as "$2" --quiet return submit --file "$file" > /dev/null
}

# Answers each request for a new date as the sample's grants say, by the record of the return that made it.
grant_the_dates() {
    local requests reference phrase new_day day reason record
    requests=$(shap --as coordinator --quiet return list --awaiting-date --format csv | tr -d '\r' | cut -d , -f 1,4)
    while IFS=, read -r reference phrase new_day day reason; do
        record=$(grep ",$reference$" <<< "$requests" | cut -d , -f 1)
        shap --as coordinator --quiet grant add --return "$record" --new-date "$phrase" --new-day "$new_day" \
            --day "$day" --reason "$reason" > /dev/null
    done < <(tail -n +2 $data/copeland-2010-11-grants.csv | tr -d '\r')
}

returns_of_the_sample() {
    say "the officers and the partner submit their returns"
    submit_for copeland officer
    submit_for supporting-people-team partner
    say "the coordinator accepts that SH5.2/6 will not be delivered, and grants the new dates"
    local undeliverable
    undeliverable=$(shap --as coordinator --quiet return list SH5.2/6/1 --format csv | csv_column record_id)
    shap --as coordinator --quiet review accept "$undeliverable" --day 2010-12-31 > /dev/null
    grant_the_dates
}
