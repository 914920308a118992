package e2e_test

import (
	"cmp"
	"iter"
	"slices"
	"testing"

	"github.com/emersion/go-smtp"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/proxy"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

// TestGoSDK calls every operation of the contract through the Go SDK, against
// the built program: what it gives is looked at in each chapter, and that none
// is left out by a proxy that records what was called.
func TestGoSDK(t *testing.T) {
	t.Parallel()

	w := newSDKWorld(t)

	for _, chapter := range []struct {
		name string
		tell func(*testing.T, *sdkWorld)
	}{
		{"Health", tellHealth},
		{"Invitations", tellInvitations},
		{"Registration", tellRegistration},
		{"Accounts", tellAccounts},
		{"Passwords", tellPasswords},
		{"Sessions", tellSessions},
		{"SecondFactor", tellSecondFactor},
		{"Clients", tellClients},
		{"Contacts", tellContacts},
		{"Projects", tellProjects},
		{"Teams", tellTeams},
		{"Tasks", tellTasks},
		{"TaskGraph", tellTaskGraph},
		{"Timers", tellTimers},
		{"TimeEntries", tellTimeEntries},
		{"Comments", tellComments},
		{"Feedback", tellFeedback},
		{"APIKeys", tellAPIKeys},
		{"Webhooks", tellWebhooks},
		{"Deliveries", tellDeliveries},
		{"Transfer", tellTransfer},
		{"Statistics", tellStatistics},
		{"Events", tellEvents},
		{"Deleting", tellDeleting},
	} {
		if !t.Run(chapter.name, func(t *testing.T) { chapter.tell(t, w) }) {
			t.FailNow()
		}
	}

	report := w.proxy.Report()
	t.Logf("The Go SDK has called %d of %d operations, each with success, in %d requests.",
		len(report.Called)-len(report.Unsuccessful), report.Total, report.Requests)

	if len(report.Missing) > 0 || len(report.Unsuccessful) > 0 || report.Total < 150 {
		t.Errorf("never called: %v; never with success: %v", report.Missing, report.Unsuccessful)
	}
}

// sdkWorld is what the chapters share: each goes on where the one before it
// stopped.
type sdkWorld struct {
	server *server
	proxy  *proxy.Proxy
	mail   *smtptest.Server

	// The administrator, and Mia, who works.
	admin, mia     *client.Client
	adminID, miaID uuid.UUID

	client  api.Client
	project api.Project
	// Design comes before build.
	design, build api.Task
	entry         api.TimeEntry
	agent         api.User
	inbox         *inbox
	webhook       api.Webhook
}

const (
	miaEmail    = "mia@agency.example"
	miaPassword = "seven stray balloons"
)

func newSDKWorld(t *testing.T) *sdkWorld {
	t.Helper()

	w := &sdkWorld{inbox: newInbox(t), mail: smtptest.New(t, func(s *smtp.Server) { s.TLSConfig, s.AllowInsecureAuth = nil, true })}
	site := &site{mail: w.mail}
	w.server = start(t, newDataDir(t), slices.Concat(admin, unlimited, site.mailSettings(smtptest.Password),
		[]string{"COORDINATOR_REGISTRATION=open", "COORDINATOR_WEBHOOK_ALLOW_LOOPBACK=true"})...)

	var err error
	if w.proxy, err = proxy.Start(proxy.Options{Target: w.server.origin}); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := w.proxy.Close(); err != nil {
			t.Error(err)
		}
	})

	w.admin = w.signIn(t, adminEmail, adminPassword)
	w.adminID = calling(w.admin.Users.Me(t.Context())).succeeds(t).ID

	return w
}

// signIn returns a client in a session of its own, through the proxy.
func (w *sdkWorld) signIn(t *testing.T, email, password string, options ...client.Option) *client.Client {
	t.Helper()

	return calling(client.SignIn(t.Context(), w.proxy.URL, email, password, options...)).succeeds(t)
}

// anonymous returns a client that acts as nobody.
func (w *sdkWorld) anonymous(t *testing.T) *client.Client {
	t.Helper()

	return calling(client.New(w.proxy.URL)).succeeds(t)
}

// all collects what an iterator yields.
func all[T any](t *testing.T, items iter.Seq2[T, error]) (found []T) {
	t.Helper()

	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}

		found = append(found, item)
	}

	return found
}

// same compares two lists whose order says nothing.
func same[T cmp.Ordered](t *testing.T, what string, got []T, want ...T) {
	t.Helper()

	slices.Sort(got)
	slices.Sort(want)

	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// each is what a function makes of each item.
func each[T, R any](items []T, of func(T) R) []R {
	made := make([]R, len(items))
	for i, item := range items {
		made[i] = of(item)
	}

	return made
}

// actions are what has happened, in the order in which it is told.
func actions(events []api.Event) []string {
	return each(events, func(e api.Event) string { return e.Action })
}
