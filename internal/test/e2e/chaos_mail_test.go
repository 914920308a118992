package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/test/smtptest"
)

// TestChaosMailSurvivesKills kills the server again and again between the
// answer to an invitation and its letter: each that was acknowledged is
// delivered, at least once, and none that was refused.
func TestChaosMailSurvivesKills(t *testing.T) {
	t.Parallel()

	kills, perKill := chaos.Size(2, 25), chaos.Size(15, 40)

	t.Run("EachLetterArrives", func(t *testing.T) {
		t.Parallel()

		m := newMailChaos(t)
		for range kills {
			m.round(t, perKill)
			m.server.kill()
		}

		m.restart(t)
		m.deliver(t, patience)
		t.Logf("%d invitations acknowledged over %d kills: %d letters lost, %d delivered more than once, %d of refused invitations",
			len(m.acknowledged), kills, len(m.lost()), m.repeated(), m.unwanted())

		if lost := m.lost(); len(lost) > 0 || m.unwanted() > 0 {
			t.Errorf("lost are the letters to %v, and %d came that nobody should get", lost, m.unwanted())
		}
	})

	// The control: were letters in the memory of the process alone, they would be
	// gone with it. The same test, whose queue is emptied at the kill, notices.
	t.Run("ButNotWithoutTheQueue", func(t *testing.T) {
		t.Parallel()

		m := newMailChaos(t)
		m.mail.Down(t)
		m.round(t, perKill)

		conn, err := pgx.Connect(t.Context(), m.server.database)
		if err != nil {
			t.Fatal(err)
		}
		// It belongs to a database that ends with its server.
		defer conn.Close(t.Context())

		if _, err := conn.Exec(t.Context(), "DELETE FROM river.river_job WHERE kind = 'mail'"); err != nil {
			t.Fatal(err)
		}

		m.server.kill()
		m.mail.Up(t)
		m.restart(t)
		m.deliver(t, 5*time.Second)

		if len(m.lost()) == 0 {
			t.Errorf("none of %d letters is lost", len(m.acknowledged))
		}
	})
}

// mailChaos is a server that is killed while it has letters to deliver.
type mailChaos struct {
	dataDir  string
	settings []string
	mail     *smtptest.Server
	server   *server
	token    string

	acknowledged []string
	refused      []string
	// arrived counts the letters by whom they are to.
	arrived map[string]int
}

func newMailChaos(t *testing.T) *mailChaos {
	t.Helper()

	m := &mailChaos{
		dataDir: newDataDir(t), arrived: map[string]int{},
		mail: smtptest.New(t, func(s *smtp.Server) { s.TLSConfig, s.AllowInsecureAuth = nil, true }),
	}
	// Slow enough that letters are waiting, and are on their way, at the kill.
	m.mail.Refuse = func(string) error {
		time.Sleep(20 * time.Millisecond)

		return nil
	}
	site := &site{mail: m.mail}
	m.settings = slices.Concat(admin, site.mailSettings(smtptest.Password), []string{"COORDINATOR_RATE_LIMIT_WRITE=0"})
	m.restart(t)
	m.token = m.server.signIn(t, adminEmail, adminPassword).AccessToken

	return m
}

func (m *mailChaos) restart(t *testing.T) {
	t.Helper()

	m.server = start(t, m.dataDir, m.settings...)
}

// round has people invited, of whom one in five has an account already, which
// is found out in the same transaction.
func (m *mailChaos) round(t *testing.T, letters int) {
	t.Helper()

	if !m.server.isRunning() {
		m.restart(t)
	}

	c := m.server.client(t, m.token)

	for i := range letters {
		if i%5 == 0 {
			calling(c.Invitations.Create(t.Context(), api.InvitationCreate{Email: adminEmail, Role: api.RoleUser})).
				fails(t, http.StatusConflict, api.ProblemCodeAlreadyExists)
			m.refused = append(m.refused, adminEmail)
		}

		email := fmt.Sprintf("guest-%d@agency.example", len(m.acknowledged))
		calling(c.Invitations.Create(t.Context(), api.InvitationCreate{Email: email, Role: api.RoleUser})).succeeds(t)
		m.acknowledged = append(m.acknowledged, email)
	}
}

// deliver waits until every letter has arrived, or for as long as is said.
func (m *mailChaos) deliver(t *testing.T, atMost time.Duration) {
	t.Helper()

	for deadline := time.Now().Add(atMost); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for m.mail.Waiting() > 0 {
			m.arrived[m.mail.Next(t).To[0]]++
		}

		if len(m.lost()) == 0 {
			return
		}
	}
}

func (m *mailChaos) lost() []string {
	return slices.DeleteFunc(slices.Clone(m.acknowledged), func(email string) bool { return m.arrived[email] > 0 })
}

func (m *mailChaos) repeated() int {
	repeated := 0
	for _, letters := range m.arrived {
		repeated += letters - 1
	}

	return repeated
}

func (m *mailChaos) unwanted() int {
	unwanted := 0
	for _, email := range m.refused {
		unwanted += m.arrived[email]
	}

	return unwanted
}
