package httpapi_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// registering asks for an account as a stranger.
func registering(a *apitest.API, email string) apitest.Response {
	return a.Do(apitest.Request{
		Method: http.MethodPost, Path: registerPath, Header: map[string]string{"X-Request-ID": "the-same-for-all"},
		Body: object{"email": email, "password": "a password of a stranger", "name": "Eve"},
	})
}

// What is answered over HTTP is the same for an address that is free and one
// that has an account; what they are mailed is not, and nobody else reads that.
func TestRegistrationTellsNothing(t *testing.T) {
	t.Parallel()
	m := setupMail(t, auth.RegistrationOpen, nil)
	user := m.User(db.RoleUser)
	signIn := func(email string) apitest.Response {
		return m.Do(apitest.Request{
			Method: http.MethodPost, Path: "/api/v1/users/login", Header: map[string]string{"X-Request-ID": "the-same-for-all"},
			Body: object{"email": email, "password": "a password of a stranger"},
		})
	}
	for name, ask := range map[string]func(email string) apitest.Response{
		"Registering":    func(email string) apitest.Response { return registering(m.API, email) },
		"SigningInAfter": func(email string) apitest.Response { registering(m.API, email); return signIn(email) },
	} {
		free, taken := ask("free@agency.example"), ask(user.Email)
		free.Header.Del("Date")
		taken.Header.Del("Date")
		if diff := cmp.Diff(free, taken); diff != "" {
			t.Errorf("%s: the answers differ (-free +taken):\n%s", name, diff)
		}
		if want := map[string]int{"Registering": http.StatusAccepted, "SigningInAfter": http.StatusUnauthorized}[name]; free.Status != want || (want == http.StatusAccepted && len(free.Body) > 0) {
			t.Errorf("%s is answered with %d and %q", name, free.Status, free.Body)
		}
	}
	got := map[string]string{}
	for range 4 {
		letter := m.post.Next(t)
		got[letter.To[0]] = letter.Header.Get("Subject")
	}
	if diff := cmp.Diff(map[string]string{"free@agency.example": "Confirm your registration", user.Email: "You have an account already"}, got); diff != "" {
		t.Errorf("the mails (-want +got):\n%s", diff)
	}
	var page api.UserPage
	m.get("/api/v1/users?q=free").MustDecode(t, http.StatusOK, &page)
	if len(page.Data) > 0 {
		t.Errorf("an account that is not open yet is listed: %+v", page.Data)
	}
}

// TestRegistrationsCannotBeToldApartByTime times registrations over HTTP, of
// free addresses and of taken ones, mixed and several at a time.
//
//nolint:paralleltest // Other tests would take its time.
func TestRegistrationsCannotBeToldApartByTime(t *testing.T) {
	const samples, workers, answeredAfter = 60, 3, 250 * time.Millisecond
	a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) { c.RefusalTime = answeredAfter }})
	var plan []string
	taken := map[string]bool{}
	for i := range samples {
		user := a.User(db.RoleUser)
		taken[user.Email] = true
		plan = append(plan, user.Email, fmt.Sprintf("free%d@agency.example", i))
	}
	rand.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	measure := func() map[bool][]float64 {
		found := map[bool][]float64{}
		next := make(chan string)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for email := range next {
					began := time.Now()
					status := registering(a, email).Status
					took := float64(time.Since(began).Microseconds()) / 1000
					mu.Lock()
					if status != http.StatusAccepted {
						t.Errorf("answered with %d", status)
					}
					found[taken[email]] = append(found[taken[email]], took)
					mu.Unlock()
				}
			})
		}
		for _, email := range plan {
			next <- email
		}
		close(next)
		wg.Wait()
		return found
	}
	// One in a hundred fails by chance; two do in ten thousand.
	for range 2 {
		found := measure()
		p := rankSum(found[false], found[true])
		free, owned := slices.Sorted(slices.Values(found[false])), slices.Sorted(slices.Values(found[true]))
		t.Logf("free: median %.2f ms, taken: median %.2f ms, of %d each; Mann-Whitney p = %.3g", free[samples/2], owned[samples/2], samples, p)
		if least := min(free[0], owned[0]); least < float64(answeredAfter.Milliseconds()) {
			t.Errorf("one was answered after %.2f ms", least)
		}
		if p > 0.01 {
			return
		}
		// Each address has a limit of mails, and these have to do the same again.
		_, err := a.DB.Exec(t.Context(), "DELETE FROM registrations")
		expect.OK(t, err)
	}
	t.Error("free addresses can be told from taken ones by time, twice")
}
