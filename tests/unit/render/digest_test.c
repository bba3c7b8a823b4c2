#include "client/render/digest.h"

#include <criterion/criterion.h>
#include <string.h>
#include "client/render/mail.h"

static char text[65536];

static const char *render(const Shap__V1__Digest *digest) {
    struct buf out = {0};
    cr_assert(digest_add(&out, digest));
    cr_assert_lt(buf_len(&out), sizeof text);
    memset(text, 0, sizeof text);
    if (buf_len(&out) > 0)
        memcpy(text, buf_bytes(&out), buf_len(&out));
    buf_finish(&out);
    return text;
}

#define TEXT(literal) ((char *)(uintptr_t)(literal))

struct sample {
    Shap__V1__Digest digest;
    Shap__V1__OutstandingItem item;
    Shap__V1__OutstandingItem *items[1];
    char *addresses[3];
};

static void make(struct sample *sample) {
    Shap__V1__Digest digest = SHAP__V1__DIGEST__INIT;
    Shap__V1__OutstandingItem item = SHAP__V1__OUTSTANDING_ITEM__INIT;
    sample->digest = digest;
    sample->item = item;
    sample->items[0] = &sample->item;
    sample->addresses[0] = TEXT("hugh@example.org");
    sample->addresses[1] = TEXT("henry@example.org");
    sample->digest.council_name = TEXT("Copeland Borough Council");
    sample->digest.organisation = TEXT("home-housing");
    sample->digest.organisation_name = TEXT("Home Housing");
    sample->digest.addresses = sample->addresses;
    sample->digest.n_addresses = 2;
    sample->digest.items = sample->items;
    sample->digest.n_items = 1;
    sample->item.has_kind = 1;
    sample->item.kind = SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_RETURN;
    sample->item.plan = TEXT("copeland/2010-11");
    sample->item.reference = TEXT("SH4.3/2/1");
    sample->item.milestone = TEXT("Work Programme delivered");
    sample->item.action = TEXT("Deliver it");
    sample->item.when = TEXT("Quarterly");
    sample->item.due_day = TEXT("2010-12-31");
    sample->item.due_on = TEXT("2011-01-14");
    sample->item.window = TEXT("Q3");
}

Test(digest, a_letter_says_what_is_owed_by_when_and_how_to_answer) {
    struct sample sample;
    make(&sample);
    cr_assert_str_eq(
        render(&sample.digest),
        "To: hugh@example.org,\n henry@example.org\n"
        "Subject: Copeland Borough Council: 1 return due by 14 January 2011\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\n\n"
        "Copeland Borough Council asks Home Housing for 1 return due by 14\n"
        "January 2011.\n\n"
        "    1. SH4.3/2/1\n"
        "    Work Programme delivered\n"
        "    Action: Deliver it\n"
        "    When: Quarterly; due on 31 December 2010; the return is due by 14\n"
        "    January 2011\n"
        "    Nothing was said yet.\n\n"
        "Answer one after the other with: shap answer\n\nOr any of them apart, for example the "
        "first:\n\n"
        "    shap return submit SH4.3/2/1 --plan copeland/2010-11 --status in-progress --note "
        "\"...\"\n\n"
        "The status is not-started, in-progress, complete or will-not-be-delivered.\n"
        "A new date is asked for with --new-date \"March 2011\" --reason \"...\".\n"
        "What is still owed, at any time: shap outstanding\n");
}

Test(digest, what_was_said_last_and_why_it_was_sent_back_is_told) {
    struct sample sample;
    make(&sample);
    sample.item.kind = SHAP__V1__OUTSTANDING_KIND__OUTSTANDING_KIND_SENT_BACK;
    sample.item.has_last_status = 1;
    sample.item.last_status = SHAP__V1__RETURN_STATUS__RETURN_STATUS_IN_PROGRESS;
    sample.item.last_day = TEXT("2011-01-05");
    sample.item.last_by = TEXT("home-housing");
    sample.item.last_note = TEXT("under way");
    sample.item.comment = TEXT("which bids?");
    sample.item.has_late = 1;
    sample.item.late = 1;
    char *others[] = {TEXT("copeland"), TEXT("barrow")};
    sample.item.answered_by = others;
    sample.item.n_answered_by = 2;
    const char *letter = render(&sample.digest);
    cr_assert_not_null(strstr(
        letter, "    Said last: in progress, by home-housing on 5 January 2011: under way\n"));
    cr_assert_not_null(strstr(letter, "    Sent back: which bids?\n"));
    cr_assert_not_null(strstr(letter, "    Answered already by copeland and barrow\n"));
    cr_assert_not_null(strstr(letter, "and late"));
}

Test(digest, without_anything_owed_there_is_no_letter) {
    struct sample sample;
    make(&sample);
    sample.digest.n_items = 0;
    cr_assert_str_eq(render(&sample.digest), "");
}

Test(digest, no_name_begins_a_header_and_no_text_a_line_of_its_own) {
    struct sample sample;
    make(&sample);
    sample.digest.council_name = TEXT("Copeland\r\nBcc: all@example.org\n\n");
    sample.digest.organisation_name = TEXT("Home\n.\nHousing");
    sample.item.milestone = TEXT("One\n.\nFrom here\r\nBcc: x");
    sample.item.reference = TEXT("A1/1/1\n.\nrm");
    sample.addresses[0] = TEXT("a@b\nBcc: all@example.org");
    sample.addresses[1] = TEXT("a@b, all@example.org");
    const char *letter = render(&sample.digest);
    cr_assert_null(strstr(letter, "To:"), "%s", letter);
    cr_assert_null(strstr(letter, "\nBcc"), "%s", letter);
    cr_assert_null(strstr(letter, "\n.\n"), "%s", letter);
    cr_assert_null(strstr(letter, "\nFrom"), "%s", letter);
    cr_assert_null(strstr(letter, "\nrm"), "%s", letter);
    cr_assert_not_null(strstr(letter, "Subject: Copeland Bcc: all@example.org"), "%s", letter);
}

Test(mail, addresses_are_plain_or_none) {
    static const char *const GOOD[] = {"a@b", "o'neil+x@example.org", "a.b_c-d@sub.example.org"};
    static const char *const BAD[] = {"",        "a",          "@b",      "a@",    "a@b@c",
                                      "a b@c",   "a@b\n",      "a,b@c",   "<a@b>", "a@b;c",
                                      "\"a\"@b", "\xc3\xa4@b", "a@b\x7f", "a:b@c", "a@[1.2.3.4]",
                                      "(a)@b",   "a\\b@c",     "a\tb@c"};
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        cr_assert(mail_is_address(GOOD[i]), "%s", GOOD[i]);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        cr_assert_not(mail_is_address(BAD[i]), "%s", BAD[i]);
    char longest[300];
    memset(longest, 'a', sizeof longest);
    strcpy(longest + sizeof longest - 3, "@b");
    cr_assert_not(mail_is_address(longest));
}

static void expect_subject(const char *subject, const char *header) {
    struct buf out = {0};
    char *none[] = {NULL};
    cr_assert(mail_add(&out, &(struct mail){.addresses = none, .subject = subject, .text = "x\n"}));
    cr_assert(buf_append(&out, "", 1));
    const char *letter = (const char *)buf_bytes(&out);
    cr_assert_eq(strncmp(letter, header, strlen(header)), 0, "%s", letter);
    cr_assert_not_null(strstr(letter, "\n\nx\n"));
    buf_finish(&out);
}

Test(mail, a_subject_is_one_header_whatever_it_holds) {
    expect_subject("plain", "Subject: plain\nMIME");
    expect_subject("", "Subject: \nMIME");
    expect_subject("a\nb\tc", "Subject: a b c\nMIME");
    expect_subject("Caf\xc3\xa9", "Subject: =?UTF-8?Q?Caf=C3=A9?=\nMIME");
    expect_subject("=?x?", "Subject: =?x?\nMIME");
    expect_subject("a\x1b[31m", "Subject: =?UTF-8?Q?a=EF=BF=BD=5B31m?=\nMIME");
    expect_subject("\xff", "Subject: =?UTF-8?Q?=EF=BF=BD?=\nMIME");
}

Test(mail, encoded_words_are_short_and_never_end_within_a_character) {
    char subject[201] = "";
    for (int i = 0; i < 100; i++)
        strcat(subject, "\xc3\xa9");
    struct buf out = {0};
    cr_assert(mail_add(&out, &(struct mail){.subject = subject, .text = "x\n"}));
    cr_assert(buf_append(&out, "", 1));
    size_t n = 0;
    for (const char *line = (const char *)buf_bytes(&out); *line != 'M'; n++) {
        size_t len = strcspn(line, "\n");
        const char *word = strstr(line, "=?UTF-8?Q?");
        cr_assert_leq(len, 85u);
        cr_assert_not_null(word);
        cr_assert_eq((len - (size_t)(word - line) -
                      strlen("=?UTF-8?Q?"
                             "?=")) %
                         6,
                     0);
        line += len + 1;
        cr_assert(*line == ' ' || *line == 'M');
    }
    cr_assert_gt(n, 8u);
    buf_finish(&out);
}
