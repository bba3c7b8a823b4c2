// Days of the calendar as three numbers, and the words for them. Used by day and day_phrase only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "client/import/day.h"

struct civil_day {
    int year, month, day;
};

// A month's length; month is 1 to 12.
int civil_days_in_month(int year, int month);

// A month by its name or its first three letters or more, 1 to 12; 0 when it is none.
int civil_month_of(const char *word, size_t len);
const char *civil_month_name(int month);

// A day of the week by its name or its first three letters or more, Monday is 0; -1 when it is
// none.
int civil_weekday_of(const char *word, size_t len);
const char *civil_weekday_name(int weekday);
// That of a day.
int civil_weekday(const struct civil_day *day);

// The day before.
void civil_step_back(struct civil_day *day);

// Below 0 when a is before b, 0 when they are one.
int civil_compare(const struct civil_day *a, const struct civil_day *b);

// ISO form and back; false when iso has another form.
void civil_write(const struct civil_day *day, char iso[DAY_SIZE]);
bool civil_read(const char *iso, struct civil_day *day) __attribute__((warn_unused_result));
