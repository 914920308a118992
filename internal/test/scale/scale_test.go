package scale_test

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
	"github.com/aicoordination/coordinator/internal/test/scale"
)

// tasksVariable is how many tasks the world has; `make scale` makes a million.
const tasksVariable = "COORDINATOR_SCALE_TASKS"

const defaultTasks = 50_000

// manyTasks is from where on times are held against what they are to be.
const manyTasks = 1_000_000

func TestMain(m *testing.M) { dbtest.Main(m) }

// id is that of the nth record of a kind, as world.sql makes it.
func id(kind, n int) uuid.UUID {
	return uuid.MustParse(fmt.Sprintf("%08x-0000-7000-8000-%012x", kind, n))
}

const (
	users    = 1
	clients  = 2
	contacts = 3
	projects = 4
	tasks    = 5
	entries  = 6
	comments = 7
	webhooks = 12
)

// world is the API in front of a big database.
type world struct {
	*apitest.API
	pool       *pgxpool.Pool
	statements *dbtest.Statements
	// owner is the address of the database for whoever owns it.
	owner string
	tasks int
	// tokens of an admin, who sees everything, and of a user on some teams.
	tokens map[string]string
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{tasks: defaultTasks}
	if text := os.Getenv(tasksVariable); text != "" {
		n, err := strconv.Atoi(text)
		expect.OK(t, err)
		w.tasks = n
	}
	owner := dbtest.OwnerURL(t)
	start := time.Now()
	scale.Fill(t, owner, w.tasks)
	t.Logf("made %d tasks in %s", w.tasks, time.Since(start).Round(time.Second))

	w.owner = owner
	w.pool, w.statements = dbtest.Recorded(t, dbtest.ApplicationURL(t, owner))
	w.API = apitest.New(t, &apitest.Options{Pool: w.pool, Now: func() time.Time { return time.Date(2025, time.December, 17, 12, 0, 0, 0, time.UTC) }})
	w.tokens = map[string]string{}
	for name, n := range map[string]int{"admin": 0, "user": 3} {
		_, err := w.pool.Exec(t.Context(), "UPDATE users SET password_hash = $2 WHERE id = $1", id(users, n), factory.PasswordHash(apitest.Password))
		expect.OK(t, err)
		var login apitest.Request
		login.Method, login.Path = http.MethodPost, "/api/v1/users/login"
		login.Body = map[string]string{"email": fmt.Sprintf("person%d@agency.example", n), "password": apitest.Password}
		var tokens struct {
			AccessToken string `json:"access_token"`
		}
		w.Do(login).MustDecode(t, http.StatusOK, &tokens)
		w.tokens[name] = tokens.AccessToken
	}
	return w
}

// during returns what is sent to the database for a request that succeeds,
// without what finds out who asks.
func (w *world) during(t *testing.T, path, as string) []dbtest.Statement {
	t.Helper()
	sent := w.statements.During(func() {
		w.Do(apitest.Request{Method: http.MethodGet, Path: path, Token: w.tokens[as]}).MustDecode(t, http.StatusOK, nil)
	})
	return slices.DeleteFunc(sent, func(s dbtest.Statement) bool {
		verb, _, _ := strings.Cut(strings.ToLower(s.SQL), " ")
		return strings.Contains(s.SQL, "FROM signing_keys") || slices.Contains([]string{"explain", "begin", "commit", "rollback"}, verb)
	})
}

func TestAtScale(t *testing.T) {
	t.Parallel()
	w := setup(t)

	t.Run("NothingReadsEveryTask", func(t *testing.T) {
		var table []measurement
		for _, request := range requests() {
			for _, as := range []string{"admin", "user"} {
				if request.admin && as != "admin" {
					continue
				}
				table = append(table, measurement{w.check(t, request, as), as, request.path})
			}
		}
		slices.SortStableFunc(table, func(a, b measurement) int { return cmp.Compare(b.median, a.median) })
		var text strings.Builder
		for _, m := range table {
			fmt.Fprintf(&text, "%9.2fms  %-5s  %s\n", float64(m.median.Microseconds())/1000, m.as, m.path)
		}
		t.Logf("the median time of a request's statements:\n%s", &text)
	})

	t.Run("HotStatementsKeepTheirPlans", func(t *testing.T) { w.holdPlans(t, w.owner) })

	t.Run("DepthCostsWhatTheFirstPageCosts", func(t *testing.T) { w.holdDepths(t) })

	// Of all that there is, what is kept of projects is added up.
	t.Run("AnOverviewOfEverythingReadsNoOpenTasks", func(t *testing.T) {
		for _, s := range w.during(t, "/api/v1/statistics/overview", "admin") {
			if strings.Contains(s.SQL, "FROM tasks t") && !strings.Contains(s.SQL, "t.completed_at") && !strings.Contains(s.SQL, "t.assignee_id") {
				t.Errorf("sent is %s", s.SQL)
			}
		}
	})

	t.Run("PostgreSQLKnowsHowLongBoardsAre", func(t *testing.T) { w.holdExpectations(t, w.owner) })
}

// measurement is how long the statements of a request take.
type measurement struct {
	median   time.Duration
	as, path string
}

// check holds the plans of a request, and at full size its time, against what
// they are to be, and returns the time.
func (w *world) check(t *testing.T, request request, as string) time.Duration {
	t.Helper()
	sent := w.during(t, request.path, as)
	forValues := 0
	for _, s := range sent {
		if strings.HasPrefix(s.SQL, scale.PlanForValues) {
			forValues = 2 // the count and the page
			continue
		}
		forValues--
		for _, plan := range scale.Plans(t, w.pool, s, forValues >= 0) {
			if strings.Contains(plan, "Seq Scan on tasks") {
				t.Errorf("%s as %s reads every task:\n%s\n%s", request.path, as, s.SQL, plan)
			}
		}
	}
	median, fastest := scale.Times(t, w.pool, sent, 9)
	// One that went through every task would take a second.
	if limit := 250 * time.Millisecond; request.isList && w.tasks >= manyTasks && fastest > limit {
		t.Errorf("%s as %s takes %s, want 5ms and at most %s on a busy machine", request.path, as, fastest, limit)
	}
	return median
}
