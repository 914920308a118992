package user

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// Preferences are how a user wants to be worked with. They stand in the user's
// row and share its version.
type Preferences struct {
	UserID        uuid.UUID
	TimeZone      string
	Locale        string
	WorkingHours  WorkingHours
	Notifications Notifications
	Version       int64
}

// WorkingHours are the hours of each weekday, in the user's time zone and in
// the order of the day.
type WorkingHours struct {
	Monday    []Period `json:"monday"`
	Tuesday   []Period `json:"tuesday"`
	Wednesday []Period `json:"wednesday"`
	Thursday  []Period `json:"thursday"`
	Friday    []Period `json:"friday"`
	Saturday  []Period `json:"saturday"`
	Sunday    []Period `json:"sunday"`
}

// Period is a stretch of a day, HH:MM to HH:MM; To may be 24:00.
type Period struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (h *WorkingHours) days() []weekday {
	return []weekday{
		{"monday", &h.Monday},
		{"tuesday", &h.Tuesday},
		{"wednesday", &h.Wednesday},
		{"thursday", &h.Thursday},
		{"friday", &h.Friday},
		{"saturday", &h.Saturday},
		{"sunday", &h.Sunday},
	}
}

type weekday struct {
	name    string
	periods *[]Period
}

// Notifications say which news reach the user through which channel.
type Notifications struct {
	Email NotificationKinds `json:"email"`
	InApp NotificationKinds `json:"in_app"`
}

// NotificationKinds say of which news a channel tells.
type NotificationKinds struct {
	Mentioned      bool `json:"mentioned"`
	Assigned       bool `json:"assigned"`
	StatusChanged  bool `json:"status_changed"`
	CommentReplied bool `json:"comment_replied"`
	DueSoon        bool `json:"due_soon"`
}

// DefaultNotifications are those of who has said nothing: all there are.
func DefaultNotifications() Notifications {
	all := NotificationKinds{Mentioned: true, Assigned: true, StatusChanged: true, CommentReplied: true, DueSoon: true}
	return Notifications{Email: all, InApp: all}
}

// DefaultWorkingHours are those of who has said nothing: no day has any.
func DefaultWorkingHours() WorkingHours {
	var hours WorkingHours
	for _, day := range hours.days() {
		*day.periods = []Period{}
	}
	return hours
}

// PreferenceChange is what of the preferences is to change: the functions get
// what there is and put what shall be in its place; nil changes nothing.
type PreferenceChange struct {
	TimeZone, Locale *string
	WorkingHours     func(*WorkingHours)
	Notifications    func(*Notifications)
}

// Preferences returns what the user prefers. It returns NotFound when the actor
// cannot see the user, and Forbidden when it is neither the user itself nor an admin.
func (s *Service) Preferences(ctx context.Context, actor access.Actor, id uuid.UUID) (Preferences, error) {
	row, err := get(ctx, db.New(s.db), actor, id)
	if err != nil {
		return Preferences{}, err
	}
	if err := mayPrefer(actor, id); err != nil {
		return Preferences{}, err
	}
	return preferencesOf(row)
}

// SetPreferences changes what the user prefers; the values it has already
// change nothing. Beside the errors of Preferences it returns VersionConflict
// when version is not nil and not the row's, and a validation error over every
// value that cannot be.
func (s *Service) SetPreferences(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, change PreferenceChange) (Preferences, error) {
	row, err := s.retry(ctx, func(q *db.Queries) (db.User, error) {
		if _, err := get(ctx, q, actor, id); err != nil {
			return db.User{}, err
		}
		if err := mayPrefer(actor, id); err != nil {
			return db.User{}, err
		}
		// Locked before it is read, because a merge keeps what it does not name.
		before, err := lock(ctx, q, id)
		if err != nil {
			return db.User{}, err
		}
		params, err := change.apply(before)
		if err != nil {
			return db.User{}, err
		}
		return s.update(ctx, q, actor, before, version, params)
	})
	if err != nil {
		return Preferences{}, err
	}
	return preferencesOf(row)
}

func mayPrefer(actor access.Actor, id uuid.UUID) error {
	if actor.ID == id || actor.Administers() {
		return nil
	}
	return apperr.New(apperr.Forbidden, "Only the user itself or an administrator can read and change these preferences.")
}

func preferencesOf(row db.User) (Preferences, error) {
	p := Preferences{
		UserID: row.ID, TimeZone: row.TimeZone, Locale: row.Locale, Version: row.Version,
		WorkingHours: DefaultWorkingHours(), Notifications: DefaultNotifications(),
	}
	// What the stored value does not name keeps its default.
	if err := json.Unmarshal(row.WorkingHours, &p.WorkingHours); err != nil {
		return Preferences{}, fmt.Errorf("reading the working hours of user %s: %w", row.ID, err)
	}
	if err := json.Unmarshal(row.Notifications, &p.Notifications); err != nil {
		return Preferences{}, fmt.Errorf("reading the notification settings of user %s: %w", row.ID, err)
	}
	return p, nil
}

// apply returns the update of the row that makes the change, with nothing in it
// for what stays as it is.
func (c PreferenceChange) apply(row db.User) (db.UserUpdateParams, error) {
	before, err := preferencesOf(row)
	if err != nil {
		return db.UserUpdateParams{}, err
	}
	after, err := preferencesOf(row)
	if err != nil {
		return db.UserUpdateParams{}, err
	}
	params, err := normalize(db.UserUpdateParams{TimeZone: c.TimeZone, Locale: c.Locale})
	var wrong []apperr.Field
	if refusal, ok := errors.AsType[*apperr.Error](err); ok {
		wrong = refusal.Fields
	}
	if c.WorkingHours != nil {
		c.WorkingHours(&after.WorkingHours)
		wrong = append(wrong, checkWorkingHours(&after.WorkingHours)...)
	}
	if c.Notifications != nil {
		c.Notifications(&after.Notifications)
	}
	if len(wrong) > 0 {
		return db.UserUpdateParams{}, apperr.Invalid(wrong...)
	}
	if params.WorkingHours, err = ifChanged(before.WorkingHours, after.WorkingHours); err != nil {
		return db.UserUpdateParams{}, err
	}
	params.Notifications, err = ifChanged(before.Notifications, after.Notifications)
	return params, err
}

// ifChanged returns the new value as JSON, nil when it is the old one.
func ifChanged(before, after any) (json.RawMessage, error) {
	was, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("writing preferences: %w", err)
	}
	is, err := json.Marshal(after)
	if err != nil {
		return nil, fmt.Errorf("writing preferences: %w", err)
	}
	if bytes.Equal(was, is) {
		return nil, nil
	}
	return is, nil
}

// checkWorkingHours puts each day in the order of its hours, and returns what
// is wrong with it: a period that ends before it begins, and one that overlaps
// another. A mistake is named by its place in the list as it was sent.
func checkWorkingHours(hours *WorkingHours) []apperr.Field {
	var wrong []apperr.Field
	for _, day := range hours.days() {
		pointer := func(i int) string { return fmt.Sprintf("/working_hours/%s/%d", day.name, i) }
		periods := *day.periods
		for i, p := range periods {
			if p.From >= p.To {
				wrong = append(wrong, apperr.Field{Pointer: pointer(i) + "/to", Code: "not_after_from", Detail: "A period ends after it begins."})
				continue
			}
			for _, earlier := range periods[:i] {
				if earlier.From < earlier.To && p.From < earlier.To && earlier.From < p.To {
					wrong = append(wrong, apperr.Field{Pointer: pointer(i), Code: "overlap", Detail: fmt.Sprintf("The period overlaps the one from %s to %s.", earlier.From, earlier.To)})
					break
				}
			}
		}
		*day.periods = slices.SortedFunc(slices.Values(periods), func(a, b Period) int { return strings.Compare(a.From, b.From) })
		if *day.periods == nil {
			*day.periods = []Period{}
		}
	}
	return wrong
}
