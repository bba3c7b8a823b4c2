#include "server/config_options.h"

#include <stddef.h>
#include <string.h>

#define MEMBER(member) offsetof(struct config, member)

// KIND_COMMAND and what belongs to --init come from the arguments only.
const struct option config_options[] = {
    {"database", KIND_TEXT, MEMBER(database), "CONNECTION", NULL, 0, 0,
     "host=db.example.org dbname=shap user=shap_server",
     "a PostgreSQL (15 or later) you run, as a libpq connection string; keep a password out of it\n"
     "(~/.pgpass, or SHAPD_DATABASE)"},
    {"embedded", KIND_TEXT, MEMBER(embedded), "DIR", NULL, 0, 0, "/var/lib/shap",
     "run a private PostgreSQL cluster in DIR, reachable through a socket in it only; made when\n"
     "DIR is new, brought up to date at each start, stopped at exit"},
    {"user", KIND_TEXT, MEMBER(user), "NAME", NULL, 0, 0, "shap",
     "started by root: the user to become. Without it postgres with --embedded (nobody where\n"
     "there is none); with --database it stays root, and warns of that"},
    {"listen", KIND_LIST, MEMBER(listen), "ADDRESS", NULL, 0, 0, "unix:/run/shap/shapd.sock",
     "where to accept calls: unix:PATH, HOST:PORT, [IPV6]:PORT; may be given more than once.\n"
     "Default: unix:DIR/shapd.sock with --embedded, else 127.0.0.1:7433. Anything but a Unix\n"
     "socket or loopback needs --tls-cert and --tls-key"},
    {"tls-cert", KIND_TEXT, MEMBER(tls_cert), "FILE", NULL, 0, 0, "/etc/shap/server.crt",
     "the server's certificate and the chain above it, PEM; used on every HOST:PORT"},
    {"tls-key", KIND_TEXT, MEMBER(tls_key), "FILE", NULL, 0, 0, "/etc/shap/server.key",
     "its private key, PEM; without passphrase. HUP reads both again"},
    {"tls-min", KIND_TEXT, MEMBER(tls_min), "1.3|1.2", "1.3", 0, 0, "1.2",
     "the least version of TLS. 1.2 is for old clients and proxies, with the modern suites only"},
    {"client-ca", KIND_TEXT, MEMBER(client_ca), "FILE", NULL, 0, 0, "/etc/shap/ca.crt",
     "ask clients for certificates of the authorities in FILE, PEM. One that names an "
     "organisation\n"
     "binds its connection: tokens of others are refused on it. See shapd cert client"},
    {"client-crl", KIND_TEXT, MEMBER(client_crl), "FILE", NULL, 0, 0, "/etc/shap/ca.crl",
     "their lists of revoked certificates, PEM or DER: one that is listed is refused. Each of the\n"
     "authorities needs a list. It holds whatever its dates say; past its last day shapd warns.\n"
     "Needs --client-ca. HUP reads it again. See shapd cert revoke"},
    {"client-cert", KIND_TEXT, MEMBER(client_cert), "optional|required", "optional", 0, 0,
     "required", "whether a client without such a certificate is refused. Needs --client-ca"},
    {"reflection", KIND_TEXT, MEMBER(reflection), "on|off", NULL, 0, 0, "off",
     "let any gRPC tool ask what methods and messages there are (grpc.reflection). Default: on "
     "when\n"
     "all addresses are Unix sockets and loopback, else off. No token is asked for: behind a "
     "proxy\n"
     "that strangers reach, say off"},
    {"loops", KIND_NUMBER, MEMBER(loops), "N", "1", 0, CONFIG_LOOPS_MAX, "4",
     "processes that serve, each with a loop of its own, on the same addresses; 0: one for each\n"
     "processor. One feeds several processors of PostgreSQL: more are for a machine whose shapd\n"
     "takes a whole one. They share out --links, --stream-links, --report-links and\n"
     "--streams-each; every other limit is each loop's own"},
    {"links", KIND_NUMBER, MEMBER(links), "N", "8", 1, 1000, "16",
     "connections to PostgreSQL for calls with one answer"},
    {"stream-links", KIND_NUMBER, MEMBER(stream_links), "N", "4", 1, 1000, "8",
     "connections for calls that stream their answer"},
    {"report-links", KIND_NUMBER, MEMBER(report_links), "N", NULL, 1, 1000, "4",
     "connections for reports and what else takes long: as many are made at a time, the others\n"
     "wait, so that short calls find a connection, and a processor. One token uses all but one of\n"
     "them at a time, if there are several. Default: one less than this\n"
     "machine has processors, from 1 to 8. More where PostgreSQL has a machine of its own"},
    {"streams-each", KIND_NUMBER, MEMBER(streams_each), "N", "2", 1, 1000, "4",
     "of those, how many one token uses at a time, so that nobody's slow readers take all of\n"
     "them: its other streams wait their turn"},
    {"queue", KIND_NUMBER, MEMBER(queue), "N", "4096", 1, 1000000, "1000",
     "calls that may wait for a connection; one more is refused (UNAVAILABLE)"},
    {"max-message", KIND_NUMBER, MEMBER(max_message), "BYTES", "1048576", 1024, 64L << 20, "262144",
     "the largest request message"},
    {"call-seconds", KIND_NUMBER, MEMBER(call_seconds), "N", "30", 1, 86400, "10",
     "the longest a call with one answer may take, whatever its client allows"},
    {"stream-seconds", KIND_NUMBER, MEMBER(stream_seconds), "N", "600", 1, 86400, "3600",
     "the same for a call that streams its answer"},
    {"watches", KIND_NUMBER, MEMBER(watches), "N", "1000", 1, 1000000, "200",
     "watching calls (shap watch) at a time: each holds a stream, but no connection to PostgreSQL"},
    {"watches-each", KIND_NUMBER, MEMBER(watches_each), "N", "16", 1, 1000000, "4",
     "the same of one token, so that nobody takes all of them"},
    {"watch-seconds", KIND_NUMBER, MEMBER(watch_seconds), "N", "30", 1, 60, "10",
     "how often a watching call looks for what is new, and whether its token still holds, when\n"
     "PostgreSQL says nothing; its client hears from it as often"},
    {"wrong-tokens", KIND_NUMBER, MEMBER(wrong_tokens), "N", "20", 0, 1000000, "100",
     "tokens that nobody ever had from one address (an IPv6 network /64 is one), and calls with\n"
     "old ones of one account, before it is told to wait: RESOURCE_EXHAUSTED, without asking\n"
     "PostgreSQL. A person mistypes fewer. Tokens that held lately pass; Unix sockets do not\n"
     "count. 0: any, for a proxy that counts itself"},
    {"wrong-token-seconds", KIND_NUMBER, MEMBER(wrong_token_seconds), "N", "30", 1, 86400, "600",
     "after which one of them is forgotten: 2,880 guesses a day, of 2 to the power of 256"},
    {"log-level", KIND_TEXT, MEMBER(log_level), "LEVEL", "info", 0, 0, "debug",
     "error, warning, info or debug; log lines go to stderr"},
    {"clock", KIND_TEXT, MEMBER(clock), "MOMENT", NULL, 0, 0, "2010-12-31T09:00:00Z",
     "rehearsal with --embedded only: begin with the clock at MOMENT; never on real data"},
    {"compress-from", KIND_NUMBER, MEMBER(compress_from), "BYTES", "4096", 0, 64L << 20, "1400",
     "answers of this size or more go as gzip to clients that take it; 0: none. Below it two\n"
     "packets would be saved on a poor line, and the processor of everybody spent"},
    {"max-connections", KIND_NUMBER, MEMBER(max_connections), "N", "16384", 1, 1000000, "2000",
     "connections of one --listen address; more are closed as they come. An idle one holds\n"
     "6 KiB, 9 after calls; with TLS 20, and 24"},
    {"max-connections-per-address", KIND_NUMBER, MEMBER(max_per_address), "N", "1024", 1, 1000000,
     "16384",
     "of these, from one address (an IPv6 network /64 is one), so that nobody alone takes them\n"
     "all. A proxy that opens a connection for each of its clients needs more. Unix sockets do\n"
     "not count"},
    {"max-bytes-per-address", KIND_NUMBER, MEMBER(max_held), "BYTES", "16777216", 1 << 20, 1L << 40,
     "268435456",
     "what the calls in flight of one address may hold (headers, messages, answers that wait):\n"
     "two thousand calls, far more than an office has; more are refused, to be tried again. Such "
     "a\n"
     "proxy needs as much as its clients together"},
    {"connects-per-second", KIND_NUMBER, MEMBER(connect_rate), "N", "50", 1, 100000, "1000",
     "new connections from one address, after ten times as many at once: a handshake costs what\n"
     "a call does. More for such a proxy"},
    {"max-streams", KIND_NUMBER, MEMBER(max_streams), "N", "256", 1, 100000, "64",
     "calls in flight on one connection: as many as one commit takes. One that its client gave\n"
     "up counts until its work ends"},
    {"max-header-bytes", KIND_NUMBER, MEMBER(max_header_bytes), "BYTES", "8192", 1024, 65536,
     "16384", "headers of one request; gRPC's own suggestion"},
    {"max-idle-frames", KIND_NUMBER, MEMBER(max_idle_frames), "N", "1000", 10, 1000000, "100",
     "HTTP/2 frames that bring no work, one after the other, before the connection is ended:\n"
     "far more than honest clients send"},
    {"resets-per-second", KIND_NUMBER, MEMBER(reset_rate), "N", "50", 1, 100000, "10",
     "calls of one connection that end by a reset, after ten times as many at once: an impatient\n"
     "client gives up all that it has in flight, an attacker goes on"},
    {"ping-seconds", KIND_NUMBER, MEMBER(ping_seconds), "N", "10", 1, 86400, "300",
     "a client may ping so often while it waits for an answer, after ten at once; one that does\n"
     "it more often is told too_many_pings. gRPC's clients go no lower"},
    {"idle-ping-seconds", KIND_NUMBER, MEMBER(idle_ping_seconds), "N", "60", 1, 86400, "300",
     "the same while it has no call: often enough to keep a path through a router open"},
    {"handshake-seconds", KIND_NUMBER, MEMBER(handshake_seconds), "N", "10", 1, 3600, "5",
     "from the connection to the end of the TLS handshake and HTTP/2 preface: a bad line with\n"
     "three retransmissions"},
    {"request-seconds", KIND_NUMBER, MEMBER(request_seconds), "N", "30", 1, 3600, "10",
     "for headers, and for a message, from first to last byte"},
    {"write-seconds", KIND_NUMBER, MEMBER(write_seconds), "N", "60", 1, 3600, "20",
     "for a reader to take the next 8 KiB of an answer: a list that nobody reads holds one of\n"
     "the --stream-links"},
    {"idle-seconds", KIND_NUMBER, MEMBER(idle_seconds), "N", "3600", 0, 604800, "600",
     "without a call before a connection is ended in good order; 0: never. Longer than clients\n"
     "rest on purpose"},
    {"age-seconds", KIND_NUMBER, MEMBER(age_seconds), "N", "0", 0, 604800, "1800",
     "of a connection (up to a tenth more) before it is ended in good order; 0: never. For\n"
     "several servers behind a load balancer, whose connections would stay where they are"},
    {"grace-seconds", KIND_NUMBER, MEMBER(grace_seconds), "N", "30", 1, 86400, "600",
     "for the calls of a connection that is ended for its age: longer than --call-seconds"},
    {"drain-seconds", KIND_NUMBER, MEMBER(drain_seconds), "N", "30", 1, 86400, "600",
     "the same when the server stops"},
    {"config", KIND_COMMAND, MEMBER(config_file), "FILE", NULL, 0, 0, "/etc/shap/shapd.conf",
     "a file of lines `name = value` with the options above; # begins a comment"},
    {"migrate", KIND_COMMAND, MEMBER(migrate), NULL, NULL, 0, 0, NULL,
     "bring the database up to this version and exit; with --database as an administrator\n"
     "(--embedded does so by itself at each start)"},
    {"init", KIND_COMMAND, MEMBER(init), NULL, NULL, 0, 0, NULL,
     "make a council and its first administrator's token, or a new administrator where none has a\n"
     "token that holds, and exit; with --database as an administrator. Needs the next three"},
    {"council", KIND_COMMAND, MEMBER(council), "NAME", NULL, 0, 0, "Copeland Borough Council",
     "the council's name"},
    {"administrator", KIND_COMMAND, MEMBER(administrator), "NAME", NULL, 0, 0, "Ann Example",
     "the administrator's name"},
    {"token-file", KIND_COMMAND, MEMBER(token_file), "FILE", NULL, 0, 0, "administrator.token",
     "a new file for the token, which only its owner can read (0600)"},
    {"council-code", KIND_COMMAND, MEMBER(council_code), "CODE", NULL, 0, 0, "copeland",
     "the council's code; default: its name in lower case, without Borough, Council and the like"},
    {"region", KIND_COMMAND, MEMBER(region), "NAME", NULL, 0, 0, "Cumbria",
     "with --init instead of --council and --administrator: a region, or one more reader of it "
     "and\n"
     "more councils in it. Needs the next two and --token-file"},
    {"councils", KIND_COMMAND, MEMBER(councils), "CODE,CODE", NULL, 0, 0, "copeland,barrow",
     "the councils of the region, by their codes"},
    {"reader", KIND_COMMAND, MEMBER(reader), "NAME", NULL, 0, 0, "Rita Example",
     "who reads the councils of the region side by side; the token is theirs"},
    {"succeed", KIND_COMMAND, MEMBER(succeed), "CODE", NULL, 0, 0, "copeland",
     "record that the council of that code is succeeded by another, and exit; with --database as\n"
     "an administrator. Needs the next two. From that day on the other's people act on its plans"},
    {"by", KIND_COMMAND, MEMBER(by), "CODE", NULL, 0, 0, "cumberland", "the successor's code"},
    {"day", KIND_COMMAND, MEMBER(day), "DAY", NULL, 0, 0, "2023-04-01", "from which day on"},
    {"revoke-succession", KIND_COMMAND, MEMBER(revoke_succession), "CODE", NULL, 0, 0, "copeland",
     "undo that, from today on, and exit. Needs --reason"},
    {"reason", KIND_COMMAND, MEMBER(reason), "TEXT", NULL, 0, 0, "the wrong council", "why"},
    {"backup", KIND_COMMAND, MEMBER(backup), "FILE", NULL, 0, 0, "shap-2010-12-31.backup",
     "with --embedded: write the database, as it is now, to a new file, and exit; a server that\n"
     "serves it goes on. With --database use pg_dump"},
    {"restore", KIND_COMMAND, MEMBER(restore), "FILE", NULL, 0, 0, "shap-2010-12-31.backup",
     "with --embedded: make the database of a new directory from such a file, and exit. What is\n"
     "in the file is trusted"},
    {"check", KIND_COMMAND, MEMBER(check), NULL, NULL, 0, 0, NULL,
     "check that methods and database agree and that the database keeps its promises, and exit"},
    {"methods", KIND_COMMAND, MEMBER(methods), NULL, NULL, 0, 0, NULL,
     "print every method, its function and the roles that may call it, and exit"},
    {"version", KIND_COMMAND, MEMBER(version), NULL, NULL, 0, 0, NULL,
     "print the version and exit"},
    {"help", KIND_COMMAND, MEMBER(help), NULL, NULL, 0, 0, NULL, "print this and exit"},
};

const char *config_heading(const struct option *option) {
    static const struct {
        const char *first; // of those below it
        const char *text;
    } headings[] = {
        {"database", "Options (a file named by --config < the environment, named in brackets < "
                     "arguments)"},
        {"compress-from", "Limits, beside --max-message and --queue: what keeps one client from "
                          "taking the server\nfrom the others"},
        {"config", "The file of options, and what to do instead of serving"},
    };
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        if (strcmp(headings[i].first, option->name) == 0)
            return headings[i].text;
    return NULL;
}

const size_t config_n_options = sizeof config_options / sizeof *config_options;
_Static_assert(sizeof config_options / sizeof *config_options <= CONFIG_OPTIONS_MAX,
               "a source of values remembers this many");
