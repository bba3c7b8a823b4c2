// A phrase of WHEN, read by PostgreSQL: never an error, never long, always the same, and what is
// understood keeps the promises of a reading (sql/logic/when.sql). tests/fuzz/run gives it a
// cluster of its own (PGHOST) with the functions.
//
// Input: a byte for the plan's year and how the council counts quarters, then words: a byte below
// 0x80 is one of the vocabulary, another one says how many bytes follow as they are.
#include "server/base/buf.h"
#include "server/base/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <libpq-fe.h>
#include <string.h>
#include <time.h>

enum { LITERAL = 0x80, LITERAL_MASK = 0x1f, PARAMETERS = 3, SLOW_MS = 2000, SPACED_MAX = 400 };
enum { READING, IS_SOUND, DATES, TRAIT }; // columns

// Vocabulary that the examples of when_words.sql are made of, and its neighbours.
static const char *const words[] = {"January",
                                    "Feb",
                                    "March",
                                    "april",
                                    "MAY",
                                    "June",
                                    "Jul",
                                    "aug.",
                                    "Sept",
                                    "October",
                                    "Nov",
                                    "December",
                                    "2010",
                                    "2011",
                                    "'10",
                                    "10",
                                    "10/11",
                                    "2010/11",
                                    "2010-11",
                                    "2010/2011",
                                    "1st",
                                    "29th",
                                    "31",
                                    "30",
                                    "0",
                                    "99",
                                    "9999",
                                    "1/4/2010",
                                    "30.04.2010",
                                    "2010-04-30",
                                    "04/2010",
                                    "Q1",
                                    "q4",
                                    "Q5",
                                    "quarter",
                                    "3rd",
                                    "quarter 2",
                                    "FY",
                                    "Year 1",
                                    "yr",
                                    "Easter",
                                    "Monday",
                                    "Friday,",
                                    "by",
                                    "By the end of",
                                    "to",
                                    "and",
                                    "or",
                                    "from",
                                    "until",
                                    "before",
                                    "between",
                                    "mid",
                                    "mid-",
                                    "early",
                                    "late",
                                    "end of",
                                    "in",
                                    "during",
                                    "since",
                                    "on",
                                    "of",
                                    "every",
                                    "each",
                                    "no later than",
                                    "to be agreed by",
                                    "to be",
                                    "complete by",
                                    "ongoing",
                                    "on-going",
                                    "and on",
                                    "onwards",
                                    "continuing",
                                    "thereafter",
                                    "monthly",
                                    "bi monthly",
                                    "two-monthly",
                                    "quarterly",
                                    "annually",
                                    "every two months",
                                    "every year",
                                    "cyclical",
                                    "cycle",
                                    "basis",
                                    "starting",
                                    "commencing",
                                    "completed",
                                    "COMPLETED",
                                    "achieved",
                                    "now complete",
                                    "Revised",
                                    "revised date",
                                    "Link to service plan",
                                    "sign off in",
                                    "Paper to",
                                    "Panel",
                                    "report to the",
                                    "committee",
                                    "TBC",
                                    "tba",
                                    "to be confirmed",
                                    "may be",
                                    "may not",
                                    "March on",
                                    "/",
                                    "-",
                                    "&",
                                    ",",
                                    ".",
                                    ":",
                                    ";",
                                    "(",
                                    ")",
                                    "\xe2\x80\x93",
                                    "\xc2\xa0",
                                    "\xe2\x80\x99",
                                    "\t",
                                    "\n",
                                    "\1",
                                    "\3",
                                    "{date}",
                                    "[[:alpha:]]",
                                    "Council",
                                    "the",
                                    "a",
                                    "3.2/",
                                    "note that the",
                                    "\xe2\x80\x8b",
                                    "Q1/Q2"};
enum { N_WORDS = sizeof words / sizeof *words };

// What libFuzzer takes for edges of the program: it sees nothing of PostgreSQL's, so kinds of
// readings stand for them.
enum { N_TRAITS = 4096 };
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t traits[N_TRAITS];

static PGconn *conn;
static const char *year_start, *quarters;

static void connect_once(void) {
    static const char *const sql =
        "prepare reading (text, date, text) as select r::text,"
        " (r.is_understood is not null and r.is_empty is not null and r.pattern is not null"
        "  and r.dates is not null and array_position(r.dates, null) is null"
        "  and r.is_ongoing = (r.recurrence is not null)"
        "  and (r.is_completed or r.completed_on is null)"
        "  and (r.first_day is null or r.first_day <= r.last_day)"
        "  and not (r.is_understood and (r.is_empty or r.pattern in ('prose', 'empty')))"
        "  and (r.is_understood or (r.last_day is null and r.recurrence is null and not "
        "r.is_completed"
        "       and (r.note is null or r.pattern = 'to_be_confirmed')))"
        "  and (not r.is_understood or r.last_day is not null or r.recurrence is not null"
        "       or r.is_completed)"
        "  and (r.note is null or strpos(shap.when_clean($1), r.note) > 0))::text,"
        " shap.dates_in($1, $2, $3)::text,"
        " concat_ws(' ', r.pattern, r.recurrence, r.is_completed, r.first_day is null,"
        "           r.completed_on is null, r.note is null, least(cardinality(r.dates), 4))"
        " from shap.read_when($1, $2, $3) r";
    if (conn != NULL)
        return;
    conn = PQconnectdb("");
    if (PQstatus(conn) != CONNECTION_OK)
        fprintf(stderr, "%s", PQerrorMessage(conn));
    FUZZ_CHECK(PQstatus(conn) == CONNECTION_OK);
    PQclear(
        PQexec(conn, "set statement_timeout = '10s'; set plan_cache_mode = force_generic_plan"));
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fprintf(stderr, "%s", PQerrorMessage(conn));
    FUZZ_CHECK(PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static PGresult *read_phrase(const char *phrase) {
    const char *values[PARAMETERS] = {phrase, year_start, quarters};
    long begun = now_ms();
    PGresult *result = PQexecPrepared(conn, "reading", PARAMETERS, values, NULL, NULL, 0);
    long ms = now_ms() - begun;
    bool is_good = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
                   strcmp(PQgetvalue(result, 0, IS_SOUND), "true") == 0 && ms < SLOW_MS;
    if (!is_good)
        fprintf(stderr, "\"%s\" from %s (%s), %ld ms: %s%s\n", phrase, year_start, quarters, ms,
                PQresultErrorMessage(result),
                PQntuples(result) == 1 ? PQgetvalue(result, 0, READING) : "");
    FUZZ_CHECK(is_good);
    return result;
}

// Another way to write it that means the same.
static void check_same(PGresult *first, const char *phrase, const char *other) {
    PGresult *second = read_phrase(other);
    bool is_same = true;
    for (int i = 0; i <= TRAIT; i++)
        is_same = is_same && strcmp(PQgetvalue(first, 0, i), PQgetvalue(second, 0, i)) == 0;
    if (!is_same)
        fprintf(stderr, "\"%s\" is read as %s, \"%s\" as %s\n", phrase,
                PQgetvalue(first, 0, READING), other, PQgetvalue(second, 0, READING));
    FUZZ_CHECK(is_same);
    PQclear(second);
}

// Space counts once, and not at the ends.
static void put_spaced(struct buf *out, const char *phrase) {
    FUZZ_CHECK(buf_append_text(out, " \t"));
    for (const char *at = phrase; *at != '\0'; at++)
        FUZZ_CHECK(buf_append(out, at, 1) && (*at != ' ' || buf_append_text(out, "\n ")));
    FUZZ_CHECK(buf_append(out, "\n", 2));
}

// FNV-1a, 32 bits.
static void note_trait(const char *trait) {
    uint32_t hash = 2166136261U;
    for (const char *at = trait; *at != '\0'; at++)
        hash = (uint32_t)(((uint64_t)(hash ^ (uint8_t)*at) * 16777619U) & UINT32_MAX);
    traits[hash % N_TRAITS] = 1;
}

static void put_words(struct buf *out, struct fuzz_input input) {
    while (input.len > 0) {
        uint8_t byte = fuzz_byte(&input);
        if (byte < LITERAL) {
            FUZZ_CHECK(buf_format(out, "%s ", words[byte % N_WORDS]));
            continue;
        }
        struct fuzz_input literal = fuzz_take(&input, byte & LITERAL_MASK);
        bool is_text = memchr(literal.bytes, '\0', literal.len) == NULL &&
                       utf8_is_valid((const char *)literal.bytes, literal.len);
        if (is_text && literal.len > 0)
            FUZZ_CHECK(buf_append(out, literal.bytes, literal.len));
    }
    FUZZ_CHECK(buf_append(out, "", 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    static const char *const starts[] = {"2010-04-01", "2012-02-29", "1900-01-01", "2189-04-01"};
    struct fuzz_input input = {bytes, len};
    struct buf phrase = {0}, spaced = {0};
    uint8_t options = fuzz_byte(&input);
    connect_once();
    year_start = starts[options % 4];
    quarters = options & 4 ? "calendar" : "financial";
    put_words(&phrase, input);
    const char *text = (const char *)buf_bytes(&phrase);
    PGresult *first = read_phrase(text);
    note_trait(PQgetvalue(first, 0, TRAIT));
    check_same(first, text, text);
    // What is too long to be read is counted before it is cleaned.
    if (buf_len(&phrase) < SPACED_MAX) {
        put_spaced(&spaced, text);
        check_same(first, text, (const char *)buf_bytes(&spaced));
    }
    PQclear(first);
    buf_finish(&phrase);
    buf_finish(&spaced);
    return 0;
}
