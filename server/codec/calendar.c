#include "server/codec/calendar.h"

#include <string.h>

enum { DAYS_TO_2000 = 10957 };          // from 1970-01-01
static const int32_t DAY_MIN = -730119; // 0001-01-01
static const int32_t DAY_MAX = 2921939; // 9999-12-31
static const int64_t SECONDS_PER_DAY = 86400;

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

// n digits as a number; -1 when one of them is none.
static int32_t digits(const uint8_t *text, size_t n) {
    int32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int32_t days_in_month(int32_t year, int32_t month) {
    static const uint8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (month == 2 && is_leap);
}

// Years are counted from 1 March, so that the leap day is a year's last. Source: H. Hinnant,
// "chrono-Compatible Low-Level Date Algorithms", days_from_civil, for years from 0 on.
static int32_t day_of(int32_t year, int32_t month, int32_t day_of_month) {
    if (month <= 2)
        year--;
    int32_t era = year / 400;
    int32_t year_of_era = year - era * 400;
    int32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day_of_month - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468 - DAYS_TO_2000;
}

bool day_parse(const uint8_t *text, size_t len, int32_t *day) {
    if (len != DAY_TEXT_LEN || text[4] != '-' || text[7] != '-')
        return false;
    int32_t year = digits(text, 4);
    int32_t month = digits(text + 5, 2);
    int32_t day_of_month = digits(text + 8, 2);
    if (year < 1 || month < 1 || month > 12)
        return false;
    if (day_of_month < 1 || day_of_month > days_in_month(year, month))
        return false;
    *day = day_of(year, month, day_of_month);
    return true;
}

static void put_digits(uint8_t *text, size_t n, int32_t value) {
    while (n-- > 0) {
        text[n] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
}

bool day_format(int32_t day, uint8_t *text) {
    if (day < DAY_MIN || day > DAY_MAX)
        return false;
    int32_t days = day + DAYS_TO_2000 + 719468;
    int32_t era = days / 146097;
    int32_t day_of_era = days - era * 146097;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    put_digits(text, 4, year_of_era + era * 400 + (month <= 2));
    text[4] = '-';
    put_digits(text + 5, 2, month);
    text[7] = '-';
    put_digits(text + 8, 2, day_of_year - (153 * month_from_march + 2) / 5 + 1);
    return true;
}

bool moment_from_timestamp(int64_t seconds, int32_t nanos, int64_t *moment) {
    int64_t first = (DAY_MIN + DAYS_TO_2000) * SECONDS_PER_DAY;
    int64_t last = (DAY_MAX + DAYS_TO_2000 + 1) * SECONDS_PER_DAY - 1;
    if (seconds < first || seconds > last || nanos < 0 || nanos > 999999999)
        return false;
    *moment = (seconds - DAYS_TO_2000 * SECONDS_PER_DAY) * 1000000 + nanos / 1000;
    return true;
}

bool moment_to_timestamp(int64_t moment, int64_t *seconds, int32_t *nanos) {
    int64_t first = DAY_MIN * SECONDS_PER_DAY * 1000000;
    int64_t end = (DAY_MAX + 1) * SECONDS_PER_DAY * 1000000;
    if (moment < first || moment >= end)
        return false;
    int64_t micros = moment % 1000000;
    if (micros < 0)
        micros += 1000000;
    *seconds = (moment - micros) / 1000000 + DAYS_TO_2000 * SECONDS_PER_DAY;
    *nanos = (int32_t)micros * 1000;
    return true;
}

// -1: it is none.
static int hex_digit(uint8_t c) {
    static const uint8_t NEXT[UINT8_MAX + 1] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
        ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };
    return NEXT[c] - 1;
}

// Where the digits of each byte stand.
static const uint8_t UUID_PLACES[UUID_SIZE] = {0,  2,  4,  6,  9,  11, 14, 16,
                                               19, 21, 24, 26, 28, 30, 32, 34};
static const uint8_t UUID_DASHES[] = {8, 13, 18, 23};
enum { N_UUID_DASHES = sizeof UUID_DASHES };

bool uuid_parse(const uint8_t *text, size_t len, uint8_t *uuid) {
    uint8_t parsed[UUID_SIZE];
    int digits = 0; // below 0: one of them was none
    if (len != UUID_TEXT_LEN)
        return false;
    for (size_t i = 0; i < N_UUID_DASHES; i++)
        if (text[UUID_DASHES[i]] != '-')
            return false;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        int high = hex_digit(text[UUID_PLACES[i]]), low = hex_digit(text[UUID_PLACES[i] + 1]);
        digits |= high | low;
        parsed[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    if (digits < 0)
        return false;
    memcpy(uuid, parsed, UUID_SIZE);
    return true;
}

void uuid_format(const uint8_t *uuid, uint8_t *text) {
    static const char HEX[] = "0123456789abcdef";
    for (size_t i = 0; i < N_UUID_DASHES; i++)
        text[UUID_DASHES[i]] = '-';
    for (size_t i = 0; i < UUID_SIZE; i++) {
        text[UUID_PLACES[i]] = (uint8_t)HEX[uuid[i] >> 4];
        text[UUID_PLACES[i] + 1] = (uint8_t)HEX[uuid[i] & 15];
    }
}
