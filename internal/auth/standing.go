package auth

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// standingMaxAge is how long it counts what the database said of a credential,
// and so how long another replica may not know that it was taken away.
const standingMaxAge = time.Second

// standing is what the database said of a credential's principal, and when.
type standing struct {
	actor access.Actor
	// ends is when the session or the key runs out, by the service's clock.
	ends time.Time
	// asked is when it was asked.
	asked moment
}

// moment is one in the life of this replica.
type moment struct {
	// at is by the real clock, since what others do takes place in real time.
	at time.Time
	// changes are how many changes of principals had been committed here.
	changes uint64
}

// standings tells which standing still counts.
type standings struct {
	// changes counts the changes of principals that were committed here. Each
	// ends every standing that was asked for before it, also one of which the
	// answer is still under way.
	changes atomic.Uint64
	now     func() time.Time
}

// follow has what was known end with each change of a principal that is
// committed through d.
func (s *standings) follow(d *dbx.DB) {
	d.OnCommit(changesStanding, func() { s.changes.Add(1) })
}

// present is taken before the database is asked.
func (s *standings) present() moment { return moment{at: s.now(), changes: s.changes.Load()} }

// counts tells whether what was asked then is still known to be so.
func (s *standings) counts(found standing, now time.Time) bool {
	if found.asked.changes != s.changes.Load() || !now.Before(found.ends) {
		return false
	}
	present := s.now()
	// By both clocks: the one that only goes forward may stand still while the
	// machine sleeps, and the other may be put back.
	age, wall := present.Sub(found.asked.at), present.Round(0).Sub(found.asked.at.Round(0))
	return age < standingMaxAge && wall < standingMaxAge && wall >= 0
}

// changesStanding tells whether an event may change what is known of somebody
// who is signed in. Of what is not known here, it is assumed.
func changesStanding(change string) bool {
	switch change {
	case "session.created", "user.created", "api_key.created", // Nobody has used it yet.
		"api_key.used":
		return false
	}
	switch entity, _, _ := strings.Cut(change, "."); entity {
	case "task", "comment", "time_entry", "timer", "client_contact", "invitation", "webhook", "sign_in":
		return false
	}
	return true
}
