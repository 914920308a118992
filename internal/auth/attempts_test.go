package auth

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

var noon = time.Date(2026, time.June, 15, 12, 0, 0, 0, time.UTC)

// fails lets attempts fail at the times given in seconds, and tells what came
// of each: counted, or the code and how long to wait.
func fails(r rule, seconds ...int) []string {
	var c counter
	var told []string
	for _, s := range seconds {
		counted, refusal := r.attempt(c, noon.Add(time.Duration(s)*time.Second))
		if refusal != nil {
			told = append(told, fmt.Sprintf("%s %s", refusal.Code, refusal.RetryAfter))
			continue
		}
		c = counted
		told = append(told, fmt.Sprintf("%d", c.failures))
	}
	return told
}

func TestWhatFollowsFromFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule    rule
		seconds []int
		want    []string
	}{
		"FiveAreFree":                     {accountRule, []int{0, 0, 0, 0, 0}, []string{"1", "2", "3", "4", "5"}},
		"ThenEachWaitsMore":               {accountRule, []int{0, 0, 0, 0, 0, 0, 1, 1, 3, 4, 7, 14, 15, 16, 31}, []string{"1", "2", "3", "4", "5", "rate_limited 1s", "6", "rate_limited 2s", "7", "rate_limited 3s", "8", "rate_limited 1s", "9", "rate_limited 15s", "10"}},
		"TenLockFor15Minutes":             {accountRule, []int{0, 0, 0, 0, 0, 1, 3, 7, 15, 31, 31, 930, 931, 931}, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "account_locked 15m0s", "account_locked 1s", "1", "2"}},
		"WindowEnds":                      {accountRule, []int{0, 0, 0, 0, 899, 900}, []string{"1", "2", "3", "4", "5", "1"}},
		"WindowBeginsWithTheFirstFailure": {accountRule, []int{0, 600, 899, 900, 1799, 1800}, []string{"1", "2", "3", "1", "2", "1"}},
		"AddressHasNoDelays":              {addressRule(3), []int{0, 0, 0, 0, 899, 900}, []string{"1", "2", "3", "rate_limited 15m0s", "rate_limited 1s", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, fails(test.rule, test.seconds...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeviceToken(t *testing.T) {
	t.Parallel()
	d, err := newDevices(bytes.Repeat([]byte{1}, 32))
	expect.OK(t, err)
	ana, ben, device := uuid.New(), uuid.New(), uuid.New()
	hash, newHash := "$argon2id$one", "$argon2id$two"
	token := d.token(ana, hash, device, noon)
	if got, ok := d.read(token, ana, &hash, noon.Add(deviceTokenTTL-time.Second)); !ok || got != device {
		t.Errorf("it is of %s, %v", got, ok)
	}
	other, err := newDevices(bytes.Repeat([]byte{2}, 32))
	expect.OK(t, err)
	flipped := []byte(token)
	flipped[len(flipped)/2] ^= 1
	for name, try := range map[string]struct {
		devices devices
		token   string
		user    uuid.UUID
		hash    *string
		at      time.Time
	}{
		"SomebodyElse":     {d, token, ben, &hash, noon},
		"AnotherPassword":  {d, token, ana, &newHash, noon},
		"NoPassword":       {d, token, ana, nil, noon},
		"UnusedFor90Days":  {d, token, ana, &hash, noon.Add(deviceTokenTTL)},
		"OtherSecret":      {other, token, ana, &hash, noon},
		"Changed":          {d, string(flipped), ana, &hash, noon},
		"WithoutPrefix":    {d, token[3:], ana, &hash, noon},
		"Cut":              {d, token[:len(token)-4], ana, &hash, noon},
		"Nothing":          {d, "", ana, &hash, noon},
		"NoBase64":         {d, "dt_!", ana, &hash, noon},
		"NothingInIt":      {d, "dt_", ana, &hash, noon},
		"OfAnotherPurpose": {d, "dt_" + "c2VhbGVk", ana, &hash, noon},
	} {
		if got, ok := try.devices.read(try.token, try.user, try.hash, try.at); ok {
			t.Errorf("%s: it is taken for that of %s", name, got)
		}
	}
}
