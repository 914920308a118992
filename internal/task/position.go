package task

import (
	"crypto/rand"
	"strings"
)

// A position is a number in base 62 whose texts sort, byte by byte, as the
// numbers do, so that between two of them there is always room for a third: a
// task is moved by writing that task alone. This is the form that David
// Greenspan describes in "Implementing Fractional Indexing": a whole number,
// whose first letter says how many digits it has (a for one, b for two; Z and
// downwards for the negative ones), and a fraction, which never ends in 0.
const (
	digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	base   = int64(len(digits))
	// mostDigits of a whole number fit an int64.
	mostDigits = 10
	// longestPosition is where a project's tasks are numbered anew: only
	// hundreds of moves to the same place make one.
	longestPosition = 100
	// apart is how many random digits keep tasks apart that are added at the
	// same moment, without one waiting for the other.
	apart = 6
)

// NthPosition returns the whole number n as a position.
func NthPosition(n int64) string {
	var b strings.Builder
	size, count := base, 1
	if n >= 0 {
		for ; n >= size; count++ {
			n -= size
			size *= base
		}
		b.WriteByte(byte('a' + count - 1))
	} else {
		for n++; -n >= size; count++ {
			n += size
			size *= base
		}
		n += size - 1
		b.WriteByte(byte('Z' - count + 1))
	}
	for range count {
		size /= base
		b.WriteByte(digits[n/size%base])
	}
	return b.String()
}

// parsePosition takes a position apart; it returns false for what is none.
func parsePosition(position string) (whole int64, fraction string, ok bool) {
	if position == "" {
		return 0, "", false
	}
	head, count := position[0], 0
	switch {
	case 'a' <= head && head <= 'z':
		count = int(head-'a') + 1
	case 'A' <= head && head <= 'Z':
		count = int('Z'-head) + 1
	}
	if count == 0 || count > mostDigits || len(position) < 1+count {
		return 0, "", false
	}
	// before is how many whole numbers of the same sign have fewer digits.
	size, before := int64(1), int64(0)
	for i := range count {
		digit := strings.IndexByte(digits, position[1+i])
		if digit < 0 {
			return 0, "", false
		}
		whole = whole*base + int64(digit)
		if i > 0 {
			before += size
		}
		size *= base
	}
	whole += before
	if head <= 'Z' {
		whole -= size + 2*before
	}
	return whole, position[1+count:], true
}

// positionBetween returns a position that sorts after one and before the
// other, where "" is no bound. It returns false when there is none to find: the
// two are the same, out of order, or no positions.
func positionBetween(after, before string) (string, bool) {
	low, lowFraction, lowOK := parsePosition(after)
	high, highFraction, highOK := parsePosition(before)
	switch {
	case after != "" && !lowOK || before != "" && !highOK:
		return "", false
	case after == "" && before == "":
		return NthPosition(0), true
	case after == "" && highFraction != "":
		return NthPosition(high), true
	case after == "":
		return NthPosition(high - 1), true
	case before == "":
		return NthPosition(low + 1), true
	case after >= before:
		return "", false
	case low == high:
		fraction, ok := fractionBetween(lowFraction, highFraction)
		return NthPosition(low) + fraction, ok
	case low+1 < high || highFraction != "":
		return NthPosition(low + 1), true
	default:
		fraction, ok := fractionBetween(lowFraction, "")
		return NthPosition(low) + fraction, ok
	}
}

// fractionBetween returns the shortest fraction halfway between two, where ""
// is 0 for the lower and 1 for the upper one.
func fractionBetween(low, high string) (string, bool) {
	var between []byte
	bounded := high != ""
	for i := 0; ; i++ {
		from, to := 0, int(base)
		if i < len(low) {
			from = strings.IndexByte(digits, low[i])
		}
		if bounded {
			if i == len(high) {
				return "", false
			}
			to = strings.IndexByte(digits, high[i])
		}
		if from < 0 || to < from {
			return "", false
		}
		if to-from > 1 {
			return string(append(between, digits[(from+to)/2])), true
		}
		between = append(between, digits[from])
		// Whatever follows is below the upper one once a digit is.
		bounded = bounded && to == from
	}
}

// positionAfter returns a position for a task that is added at the end.
func positionAfter(last string) string {
	// The letters of Text are digits, and 0 is none of them.
	suffix := rand.Text()[:apart]
	next, ok := positionBetween(last, "")
	if !ok {
		return last + suffix
	}
	return next + suffix
}
