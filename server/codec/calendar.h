// Days, moments and UUIDs between their written forms and PostgreSQL's binary ones. The proleptic
// Gregorian calendar, years 0001 to 9999, in both directions; anything else has no protobuf form.
// Pure. Used by encode and decode.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DAY_TEXT_LEN = 10, UUID_TEXT_LEN = 36, UUID_SIZE = 16 };

// "2010-12-31" and nothing else, to days since 2000-01-01.
bool day_parse(const uint8_t *text, size_t len, int32_t *day);

// The reverse, DAY_TEXT_LEN bytes, no NUL. False outside the years 0001 to 9999.
bool day_format(int32_t day, uint8_t *text);

// google.protobuf.Timestamp to microseconds since 2000-01-01 00:00 UTC; what is finer than a
// microsecond is cut off. False outside the years 0001 to 9999 or when nanos is not a part of a
// second.
bool moment_from_timestamp(int64_t seconds, int32_t nanos, int64_t *moment);
bool moment_to_timestamp(int64_t moment, int64_t *seconds, int32_t *nanos);

// "123e4567-e89b-12d3-a456-426614174000", either case, to its 16 bytes; written in lower case.
bool uuid_parse(const uint8_t *text, size_t len, uint8_t *uuid);
void uuid_format(const uint8_t *uuid, uint8_t *text);
