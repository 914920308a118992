package task

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNthPosition(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "a0", 1: "a1", 61: "az", 62: "b00", 3905: "bzz", 3906: "c000",
		-1: "Zz", -62: "Z0", -63: "Yzz", -3906: "Y00", -3907: "Xzzz",
	} {
		if got := NthPosition(n); got != want {
			t.Errorf("NthPosition(%d) = %q, want %q", n, got, want)
		}
		if got, fraction, ok := parsePosition(want); got != n || fraction != "" || !ok {
			t.Errorf("parsePosition(%q) = %d, %q, %v", want, got, fraction, ok)
		}
	}
}

func TestPositionsSortAsTheirNumbersDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		number := rapid.Int64Range(-1_000_000, 1_000_000)
		a, b := number.Draw(r, "a"), number.Draw(r, "b")
		if (a < b) != (NthPosition(a) < NthPosition(b)) {
			r.Fatalf("%d is %q and %d is %q", a, NthPosition(a), b, NthPosition(b))
		}
		if got, _, ok := parsePosition(NthPosition(a)); got != a || !ok {
			r.Fatalf("%d comes back as %d from %q", a, got, NthPosition(a))
		}
	})
}

func TestPositionBetween(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ after, before, want string }{
		"FirstOfAll":              {"", "", "a0"},
		"BehindTheLast":           {"a0", "", "a1"},
		"BehindAFraction":         {"a0V", "", "a1"},
		"BeforeTheFirst":          {"", "a0", "Zz"},
		"BeforeAFraction":         {"", "a0V", "a0"},
		"NextWholeNumberIsShort":  {"a0", "a5", "a1"},
		"WholeNumberBeforeAHalf":  {"a0", "a1V", "a1"},
		"HalfwayBetweenTwoWholes": {"a0", "a1", "a0V"},
		"HalfwayBelowAFraction":   {"a0", "a0V", "a0F"},
		"HalfwayAboveAFraction":   {"a0V", "a1", "a0k"},
		"AnotherDigitIsNeeded":    {"a0V", "a0W", "a0VV"},
		"SmallestFraction":        {"a0", "a01", "a00V"},
		"LargestFraction":         {"a0z", "a1", "a0zV"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := positionBetween(test.after, test.before); got != test.want || !ok {
				t.Errorf("between %q and %q: %q, %v, want %q", test.after, test.before, got, ok, test.want)
			}
		})
	}
	for name, test := range map[string]struct{ after, before string }{
		"TheSame":       {"a0", "a0"},
		"OutOfOrder":    {"a1", "a0"},
		"NoHead":        {"!0", ""},
		"NoDigits":      {"a", ""},
		"OtherDigits":   {"a-", ""},
		"Empty":         {"", "b0"},
		"TooManyDigits": {"z" + strings.Repeat("0", 26), ""},
		"OnlyZerosIn":   {"a0", "a000"},
	} {
		t.Run(name+"HasNothingBetween", func(t *testing.T) {
			t.Parallel()
			if got, ok := positionBetween(test.after, test.before); ok {
				t.Errorf("between %q and %q: %q", test.after, test.before, got)
			}
		})
	}
}

// Wherever one is put among others, however often, it sorts there.
func TestThereIsAlwaysRoomForAnother(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var order []string
		for range 100 {
			i := rapid.IntRange(0, len(order)).Draw(r, "place")
			after, before := "", ""
			if i > 0 {
				after = order[i-1]
			}
			if i < len(order) {
				before = order[i]
			}
			found, ok := positionBetween(after, before)
			if !ok || strings.HasSuffix(found, "0") && len(found) > 2 && found[0] == 'a' {
				r.Fatalf("between %q and %q: %q, %v", after, before, found, ok)
			}
			order = slices.Insert(order, i, found)
		}
		if !slices.IsSorted(order) || len(slices.Compact(slices.Clone(order))) != len(order) {
			r.Fatalf("out of order or twice the same: %q", order)
		}
	})
}

func TestPositionAfterTheLast(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"", "a0", "e00001", "a0V", "no position"} {
		one, other := positionAfter(last), positionAfter(last)
		if one <= last || other <= last || one == other {
			t.Errorf("behind %q: %q and %q", last, one, other)
		}
	}
}
