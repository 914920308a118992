package httpapi_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

var requestIDs = regexp.MustCompile(`"request_id":"[^"]*"`)

// guess signs in with a wrong password and returns the answer without its
// request id.
func guess(a *apitest.API, email string) (status int, retryAfter, body string) {
	got := a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: api.Login{Email: email, Password: "wrong password"}})
	return got.Status, got.Header.Get("Retry-After"), requestIDs.ReplaceAllString(string(got.Body), `"request_id":"-"`)
}

// Whoever sees the answers alone does not learn which accounts there are,
// whatever the history of attempts.
func TestRefusedSignInsAreByteEqual(t *testing.T) {
	t.Parallel()
	var late atomic.Int64
	a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) {
		c.Now = func() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC).Add(time.Duration(late.Load())) }
	}})
	deactivated := a.User(db.RoleUser)
	_, err := a.DB.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", deactivated.ID)
	expect.OK(t, err)
	emails := []string{a.User(db.RoleUser).Email, "nobody@agency.example", deactivated.Email, factory.User(t, a.DB, nil).Email}
	seen := map[int]int{}
	for range 14 {
		for range 2 {
			wantStatus, wantRetry, wantBody := guess(a, emails[0])
			seen[wantStatus]++
			for _, email := range emails[1:] {
				if status, retry, body := guess(a, email); status != wantStatus || retry != wantRetry || body != wantBody {
					t.Errorf("%s gets %d %q %s, want %d %q %s", email, status, retry, body, wantStatus, wantRetry, wantBody)
				}
			}
		}
		late.Add(int64(17 * time.Second))
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, []int{http.StatusUnauthorized, http.StatusLocked, http.StatusTooManyRequests}) || seen[http.StatusUnauthorized] != 10 {
		t.Errorf("the answers were %v", seen)
	}
}

func TestSignInOverHTTP(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, nil)
	admin, user := a.User(db.RoleAdmin), a.User(db.RoleUser)
	tokens := a.Login(user)
	signIn := func(body map[string]any) apitest.Response {
		return a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/login", Body: body})
	}
	for range 5 {
		signIn(map[string]any{"email": user.Email, "password": "wrong"}).MustProblem(t, http.StatusUnauthorized, "unauthenticated")
	}
	refused := signIn(map[string]any{"email": user.Email, "password": apitest.Password, "device_token": nil})
	refused.MustProblem(t, http.StatusTooManyRequests, "rate_limited")
	if refused.Header.Get("Retry-After") != "1" {
		t.Errorf("it is to be tried again after %s", refused.Header.Get("Retry-After"))
	}
	signIn(map[string]any{"email": user.Email, "password": apitest.Password, "device_token": tokens.DeviceToken}).MustDecode(t, http.StatusOK, nil)
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/" + user.ID.String() + "/unlock", Token: a.Token(admin)}).MustDecode(t, http.StatusNoContent, nil)
	signIn(map[string]any{"email": user.Email, "password": apitest.Password}).MustDecode(t, http.StatusOK, nil)

	var refreshed api.TokenPair
	a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/refresh", Body: api.RefreshRequest{RefreshToken: tokens.RefreshToken}}).MustDecode(t, http.StatusOK, &refreshed)
	if !refreshed.DeviceToken.IsNull() {
		t.Error("a refresh returns a device token")
	}
	for password, want := range map[string]string{"short pass": "too_short", "password1234": "common", "newperson1234": "personal"} {
		problem := a.Do(apitest.Request{Method: http.MethodPost, Path: "/api/v1/users/register", Body: map[string]any{
			"email": "new@agency.example", "name": "Newperson", "password": password,
		}}).MustProblem(t, http.StatusUnprocessableEntity, "validation_failed")
		if problem.Errors == nil || problem.Errors[0].Pointer != "/password" || problem.Errors[0].Code != want {
			t.Errorf("%s: the mistakes are %+v", password, problem.Errors)
		}
	}
}

// The kinds of accounts whose refusals are timed.
var timed = []string{"unknown", "known", "locked"}

// TestRefusalsCannotBeToldApart times refusals over HTTP. What is asserted of
// few samples is only that the control tells them apart; `make timing` takes
// enough of them for the claim.
//
//nolint:paralleltest // Other tests would take its time.
func TestRefusalsCannotBeToldApart(t *testing.T) {
	samples, _ := strconv.Atoi(os.Getenv("COORDINATOR_TIMING_SAMPLES"))
	isFull := samples > 0
	refusalTime := time.Duration(0) // as it is
	if !isFull {
		samples, refusalTime = 60, 150*time.Millisecond
	}

	control := timeRefusals(t, samples/4, -1)
	if p := rankSum(control["known"], control["locked"]); p > 0.01 {
		t.Errorf("without a time of refusals known and locked accounts cannot be told apart either: p = %.3g", p)
	}
	report(t, "control, answered at once", control)

	// At this bound one measurement in thirty fails by chance; two do in a thousand.
	for range 2 {
		found := timeRefusals(t, samples, refusalTime)
		report(t, "as it is", found)
		if !isFull || (rankSum(found["unknown"], found["known"]) > 0.01 && rankSum(found["known"], found["locked"]) > 0.01 && rankSum(found["unknown"], found["locked"]) > 0.01) {
			return
		}
	}
	t.Error("the accounts can be told apart by time, twice")
}

func report(t *testing.T, name string, found map[string][]float64) {
	t.Helper()
	var b strings.Builder
	for _, kind := range timed {
		sorted := slices.Sorted(slices.Values(found[kind]))
		fmt.Fprintf(&b, "\n  %-8s %d samples, median %.2f ms, from %.2f to %.2f", kind, len(sorted), sorted[len(sorted)/2], sorted[0], sorted[len(sorted)-1])
	}
	t.Logf("%s:%s\n  Mann-Whitney: unknown and known p = %.3g, known and locked p = %.3g, unknown and locked p = %.3g", name, b.String(),
		rankSum(found["unknown"], found["known"]), rankSum(found["known"], found["locked"]), rankSum(found["unknown"], found["locked"]))
}

// timeRefusals returns how long so many refusals of each kind took, in
// milliseconds. They are mixed, and several are under way at a time.
func timeRefusals(t *testing.T, samples int, refusalTime time.Duration) map[string][]float64 {
	t.Helper()
	const workers, perAccount = 3, 4
	var late atomic.Int64
	a := apitest.New(t, &apitest.Options{Auth: func(c *auth.Config) {
		c.RefusalTime, c.MaxAttemptsPerAddress = refusalTime, math.MaxInt32
		c.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	}})
	hash, err := auth.HashPassword(auth.SchemeArgon2id, apitest.Password)
	expect.OK(t, err)
	account := func() string { return factory.User(t, a.DB, &factory.UserOpts{PasswordHash: &hash}).Email }
	locked := account()
	for range 10 {
		guess(a, locked)
		late.Add(int64(17 * time.Second))
	}
	type sample struct{ kind, email string }
	var plan []sample
	known := ""
	for i := range samples {
		if i%perAccount == 0 { // more would be delayed
			known = account()
		}
		plan = append(plan, sample{"known", known}, sample{"unknown", fmt.Sprintf("nobody%d@agency.example", i/perAccount)}, sample{"locked", locked})
	}
	rand.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })

	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	next := make(chan sample)
	found := map[string][]float64{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for s := range next {
				status, took, err := timeOne(client, a.URL, s.email)
				// Too many at once, which says nothing of the account.
				for err == nil && status == http.StatusServiceUnavailable {
					status, took, err = timeOne(client, a.URL, s.email)
				}
				if err != nil {
					t.Error(err)
					continue
				}
				if want := map[bool]int{true: http.StatusLocked, false: http.StatusUnauthorized}[s.kind == "locked"]; status != want {
					t.Errorf("%s is answered with %d, want %d", s.kind, status, want)
				}
				mu.Lock()
				found[s.kind] = append(found[s.kind], float64(took.Microseconds())/1000)
				mu.Unlock()
			}
		})
	}
	for _, s := range plan {
		next <- s
	}
	close(next)
	wg.Wait()
	return found
}

// timeOne returns how a guess is answered, and after how long.
func timeOne(client *http.Client, url, email string) (status int, took time.Duration, err error) {
	begin := time.Now()
	response, err := client.Post(url+"/api/v1/users/login", "application/json", strings.NewReader(`{"email":"`+email+`","password":"wrong password"}`))
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, time.Since(begin), nil
}

// rankSum is the two-sided p of the Mann-Whitney U test, by its approximation
// through the normal distribution, which is good from twenty samples on.
func rankSum(a, b []float64) float64 {
	type ranked struct {
		value float64
		ofA   bool
	}
	var all []ranked
	for _, value := range a {
		all = append(all, ranked{value, true})
	}
	for _, value := range b {
		all = append(all, ranked{value, false})
	}
	slices.SortFunc(all, func(x, y ranked) int { return cmp.Compare(x.value, y.value) })
	var sum, ties float64
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].value == all[i].value {
			j++
		}
		for _, r := range all[i:j] {
			if r.ofA {
				sum += float64(i+j+1) / 2 // the mean rank of those that are equal
			}
		}
		ties += math.Pow(float64(j-i), 3) - float64(j-i)
		i = j
	}
	n, m := float64(len(a)), float64(len(b))
	u := sum - n*(n+1)/2
	deviation := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	return math.Erfc(math.Abs(u-n*m/2) / deviation / math.Sqrt2)
}

// The measure is measured: it tells apart what is, and nothing else.
func TestRankSum(t *testing.T) {
	t.Parallel()
	var low, high, same []float64
	for i := range 30 {
		low, high, same = append(low, float64(i)), append(high, float64(i)+15), append(same, float64(i)+0.5)
	}
	if p := rankSum(low, high); p > 1e-4 {
		t.Errorf("what is different: p = %g", p)
	}
	if p := rankSum(low, same); p < 0.5 {
		t.Errorf("what is much the same: p = %g", p)
	}
	if p := rankSum(low, low); math.Abs(p-1) > 1e-9 {
		t.Errorf("what is the same: p = %g", p)
	}
}
