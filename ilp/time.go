package ilp

import "time"

// timeBytes is the length of a packet's expiry: YYYYMMDDHHMMSSmmm in UTC
// (RFC 27, "Interledger Timestamp").
const timeBytes = 17

// Years of an expiry. The format has four digits for the year, and no packet from before
// 1970 can be on its way.
const (
	yearMin = 1970
	yearMax = 9999
)

const (
	msPerSecond = 1000
	msPerDay    = 24 * 60 * 60 * msPerSecond
)

// parseTime returns an expiry as Unix milliseconds. Every field must be digits and in its
// range: parseTime refuses a month of 13 and the 30th of February.
func parseTime(b []byte) (ms int64, ok bool) {
	_ = b[timeBytes-1]
	var bad bool
	two := func(i int) int64 {
		hi, lo := b[i]-'0', b[i+1]-'0'
		bad = bad || hi > 9 || lo > 9
		return int64(hi)*10 + int64(lo)
	}
	year := two(0)*100 + two(2)
	month, day := two(4), two(6)
	hour, minute, second := two(8), two(10), two(12)
	last := b[16] - '0'
	milli := two(14)*10 + int64(last)
	if bad || last > 9 || year < yearMin || month < 1 || month > 12 || day < 1 ||
		day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	seconds := hour*3600 + minute*60 + second
	return daysFromCivil(year, month, day)*msPerDay + seconds*msPerSecond + milli, true
}

// putTime writes Unix milliseconds as an expiry, clamped to the years of the format.
func putTime(b []byte, ms int64) {
	ms = min(max(ms, 0), expiryMax)
	days, rest := ms/msPerDay, ms%msPerDay
	year, month, day := civilFromDays(days)
	second := rest / msPerSecond
	two := func(i int, v int64) {
		b[i], b[i+1] = byte('0'+v/10), byte('0'+v%10)
	}
	_ = b[timeBytes-1]
	two(0, year/100)
	two(2, year%100)
	two(4, month)
	two(6, day)
	two(8, second/3600)
	two(10, second/60%60)
	two(12, second%60)
	milli := rest % msPerSecond
	two(14, milli/10)
	b[16] = byte('0' + milli%10)
}

// expiryMax is the last millisecond of the year 9999.
var expiryMax = time.Date(yearMax, time.December, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()

func daysIn(year, month int64) int64 {
	switch {
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4, month == 6, month == 9, month == 11:
		return 30
	}
	return 31
}

// daysFromCivil returns the number of days since 1970-01-01. It lets the year begin in
// March, so that the leap day is its last day. Eras are the 400-year cycles of the
// Gregorian calendar. Years before 1970 do not occur.
func daysFromCivil(year, month, day int64) int64 {
	if month <= 2 {
		year--
	}
	era, yearOfEra := year/400, year%400
	dayOfYear := (153*((month+9)%12)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

// civilFromDays inverts daysFromCivil.
func civilFromDays(days int64) (year, month, day int64) {
	days += 719468
	era, dayOfEra := days/146097, days%146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	marchMonth := (5*dayOfYear + 2) / 153
	day = dayOfYear - (153*marchMonth+2)/5 + 1
	month = marchMonth + 3
	if month > 12 {
		month -= 12
	}
	year = era*400 + yearOfEra
	if month <= 2 {
		year++
	}
	return year, month, day
}
