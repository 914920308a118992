package event

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// leaving are the entities whose events may leave the service: what belongs to
// a project, to whoever gets that project's events, and the rest only to who gets those
// of everything. What is not in here never leaves: how people sign in, their
// keys, sessions and timers, invitations, signing keys, and webhooks.
var leaving = map[string]struct{ ofProject bool }{
	"project":        {ofProject: true},
	"task":           {ofProject: true},
	"comment":        {ofProject: true},
	"time_entry":     {ofProject: true},
	"client":         {},
	"client_contact": {},
	"user":           {},
}

// ofUsers are the events of users that are about their record; the others are
// about how they sign in.
var ofUsers = []string{"user.created", "user.updated", "user.deleted", "user.restored"}

// MayLeave tells whether an event may be sent to others: to those who get the
// events of its project, or to those who get the events of everything.
func MayLeave(entity, action string, toProject bool) bool {
	of, ok := leaving[entity]
	if !ok || toProject && !of.ofProject {
		return false
	}
	return entity != "user" || slices.Contains(ofUsers, action)
}

// Leaving reads the changes of an event that is sent to others, without the
// fields that not everybody may know who sees the entity.
func Leaving(entity string, changes json.RawMessage) (map[string]FieldChange, error) {
	fields := map[string]FieldChange{}
	if err := json.Unmarshal(changes, &fields); err != nil {
		return nil, fmt.Errorf("reading the changes of an event: %w", err)
	}
	for field := range fields {
		if strings.HasPrefix(field, "cost_rate") || entity == "user" && preferences[field] {
			delete(fields, field)
		}
	}
	return fields, nil
}
