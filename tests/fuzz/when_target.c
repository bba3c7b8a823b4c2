// A phrase of WHEN, read by PostgreSQL: never an error, never long, always the same, and what is
// understood keeps the promises of a reading (when.sql here and sql/logic/when.sql). tests/fuzz/run
// gives it a cluster of its own with the functions.
//
// Input: a byte for the plan's year and how the council counts quarters, then words: a byte below
// 0x80 is one of the vocabulary, another one says how many bytes follow as they are.
#include "server/base/buf.h"
#include "server/base/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <libpq-fe.h>
#include <string.h>
#include <time.h>

enum { LITERAL = 0x80, LITERAL_MASK = 0x1f, SPACED_MAX = 400, SLOW_MS = 2000 };
enum { READING, PROBLEM, TRAIT };                      // columns
enum { PHRASE, SPACED, YEAR, QUARTERS, N_PARAMETERS }; // parameters

// What the patterns of sql/logic/when_words.sql are made of, and its neighbours; at most 128.
static const char vocabulary[] =
    "January|Feb|March|april|MAY|June|Jul|aug.|Sept|October|Nov|December|2010|2011|'10|10|10/11|"
    "2010/11|2010-11|2010/2011|1st|29th|31|0|99|9999|31/2/2010|30.04.2010|2010-13-30|13/2010|Q1|"
    "q4|Q5|quarter|3rd|quarter 2|FY|Year 1|yr|Easter|Monday|Friday,|by|By the end "
    "of|to|and|or|from|"
    "until|before|between|mid|mid-|early|late|end of|in|during|since|on|of|every|each|"
    "no later than|to be agreed by|to be|complete by|ongoing|on-going|and on|onwards|continuing|"
    "thereafter|monthly|bi monthly|two-monthly|quarterly|annually|every two months|every year|"
    "cyclical|basis|starting|commencing|completed|COMPLETED|achieved|now complete|Revised|"
    "revised date|Link to service plan|sign off in|Paper to|Panel|report to the|committee|TBC|tba|"
    "to be confirmed|may be|may not|March "
    "on|/|-|&|,|.|:|;|(|)|\xe2\x80\x93|\xc2\xa0|\xe2\x80\x99|\t|"
    "\n|\1|\3|{date}|[[:alpha:]]|Council|the|3.2/|note that the|\xe2\x80\x8b|Q1/Q2";

// What libFuzzer takes for edges of the program: it sees nothing of PostgreSQL's, so kinds of
// readings stand for them.
enum { N_TRAITS = 4096 };
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t traits[N_TRAITS];

static PGconn *conn;

static void connect_once(void) {
    if (conn != NULL)
        return;
    conn = PQconnectdb("");
    PGresult *result = PQexec(conn, "set statement_timeout = '10s'");
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

// FNV-1a, 32 bits.
static void note_trait(const char *trait) {
    uint32_t hash = 2166136261U;
    for (const char *at = trait; *at != '\0'; at++)
        hash = (uint32_t)(((uint64_t)(hash ^ (uint8_t)*at) * 16777619U) & UINT32_MAX);
    traits[hash % N_TRAITS] = 1;
}

static void read_phrase(const char *const values[N_PARAMETERS]) {
    long begun = now_ms();
    PGresult *result =
        PQexecParams(conn, "select reading, problem, trait from public.reading($1, $2, $3, $4)",
                     N_PARAMETERS, NULL, values, NULL, NULL, 0);
    long ms = now_ms() - begun;
    bool is_read = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    bool is_good = is_read && PQgetisnull(result, 0, PROBLEM) && ms < SLOW_MS;
    if (!is_good)
        fprintf(stderr, "\"%s\" from %s (%s), %ld ms: %s %s\n", values[PHRASE], values[YEAR],
                values[QUARTERS], ms,
                is_read ? PQgetvalue(result, 0, PROBLEM) : PQresultErrorMessage(result),
                is_read ? PQgetvalue(result, 0, READING) : "");
    FUZZ_CHECK(is_good);
    note_trait(PQgetvalue(result, 0, TRAIT));
    PQclear(result);
}

// Space counts once, and not at the ends.
static void put_spaced(struct buf *out, const char *phrase) {
    FUZZ_CHECK(buf_append_text(out, " \t"));
    for (const char *at = phrase; *at != '\0'; at++)
        FUZZ_CHECK(buf_append(out, at, 1) && (*at != ' ' || buf_append_text(out, "\n ")));
    FUZZ_CHECK(buf_append(out, "\n", 2));
}

// A word of the vocabulary and a space.
static void put_word(struct buf *out, size_t number) {
    size_t n_words = 1;
    for (const char *at = vocabulary; *at != '\0'; at++)
        n_words += *at == '|';
    const char *word = vocabulary;
    for (number %= n_words; number > 0; number--)
        word += strcspn(word, "|") + 1;
    FUZZ_CHECK(buf_append(out, word, strcspn(word, "|")) && buf_append(out, " ", 1));
}

static void put_words(struct buf *out, struct fuzz_input input) {
    while (input.len > 0) {
        uint8_t byte = fuzz_byte(&input);
        if (byte < LITERAL) {
            put_word(out, byte);
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
    put_words(&phrase, input);
    const char *values[N_PARAMETERS] = {[PHRASE] = (const char *)buf_bytes(&phrase),
                                        [YEAR] = starts[options % 4],
                                        [QUARTERS] = options & 4 ? "calendar" : "financial"};
    // What is too long to be read is counted before it is cleaned.
    if (buf_len(&phrase) < SPACED_MAX) {
        put_spaced(&spaced, values[PHRASE]);
        values[SPACED] = (const char *)buf_bytes(&spaced);
    }
    connect_once();
    read_phrase(values);
    buf_finish(&phrase);
    buf_finish(&spaced);
    return 0;
}
