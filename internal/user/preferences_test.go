package user_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/user"
)

func onMonday(periods ...user.Period) user.PreferenceChange {
	return user.PreferenceChange{WorkingHours: func(hours *user.WorkingHours) { hours.Monday = periods }}
}

func TestPreferencesAreOnesOwnAndTheAdmins(t *testing.T) {
	t.Parallel()
	a := setup(t)
	change := user.PreferenceChange{Locale: new("de")}
	for as, code := range map[string]apperr.Code{"Ben": apperr.Forbidden, "Mia": apperr.Forbidden, "Cleo": apperr.NotFound} {
		_, err := a.users.Preferences(t.Context(), a.actor(as), *a.id("Ana"))
		expect.Code(t, err, code)
		_, err = a.users.SetPreferences(t.Context(), a.actor(as), *a.id("Ana"), new(int64(99)), change)
		expect.Code(t, err, code)
	}
	for _, as := range []string{"Ana", "Ada"} {
		_, err := a.users.SetPreferences(t.Context(), a.actor(as), *a.id("Ana"), nil, change)
		expect.OK(t, err)
		p, err := a.users.Preferences(t.Context(), a.actor(as), *a.id("Ana"))
		if err != nil || p.Locale != "de" {
			t.Errorf("%s reads %+v, %v", as, p, err)
		}
	}
}

func TestPreferencesHaveDefaults(t *testing.T) {
	t.Parallel()
	a := setup(t)
	got, err := a.users.Preferences(t.Context(), a.actor("Ana"), *a.id("Ana"))
	expect.OK(t, err)
	want := user.Preferences{
		UserID: *a.id("Ana"), TimeZone: "UTC", Locale: "en", Version: 1,
		WorkingHours: user.DefaultWorkingHours(), Notifications: user.DefaultNotifications(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// To set what holds anyway changes nothing.
	got, err = a.users.SetPreferences(t.Context(), a.actor("Ana"), *a.id("Ana"), nil, user.PreferenceChange{
		TimeZone: new("UTC"), Locale: new("en"),
		WorkingHours:  func(hours *user.WorkingHours) { *hours = user.DefaultWorkingHours() },
		Notifications: func(n *user.Notifications) { *n = user.DefaultNotifications() },
	})
	if err != nil || got.Version != 1 || len(expect.Events(t, a.db)) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestPreferencesAreMerged(t *testing.T) {
	t.Parallel()
	a := setup(t)
	set := func(change user.PreferenceChange, version *int64) (user.Preferences, error) {
		return a.users.SetPreferences(t.Context(), a.actor("Ana"), *a.id("Ana"), version, change)
	}
	_, err := set(onMonday(user.Period{From: "13:00", To: "24:00"}, user.Period{From: "09:00", To: "13:00"}), nil)
	expect.OK(t, err)
	got, err := set(user.PreferenceChange{
		TimeZone:      new("Europe/Vienna"),
		WorkingHours:  func(hours *user.WorkingHours) { hours.Sunday = []user.Period{{From: "10:00", To: "11:00"}} },
		Notifications: func(n *user.Notifications) { n.Email.Assigned = false },
	}, new(int64(2)))
	expect.OK(t, err)
	want := user.Preferences{
		UserID: *a.id("Ana"), TimeZone: "Europe/Vienna", Locale: "en", Version: 3,
		WorkingHours: user.DefaultWorkingHours(), Notifications: user.DefaultNotifications(),
	}
	// In the order of the day, whatever they were sent in; what touches does not overlap.
	want.WorkingHours.Monday = []user.Period{{From: "09:00", To: "13:00"}, {From: "13:00", To: "24:00"}}
	want.WorkingHours.Sunday = []user.Period{{From: "10:00", To: "11:00"}}
	want.Notifications.Email.Assigned = false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = set(user.PreferenceChange{Locale: new("de")}, new(int64(2)))
	expect.Refusal(t, err, apperr.StaleVersion("user", 3, 2))
	var actions []string
	for _, e := range expect.Events(t, a.db, *a.id("Ana")) {
		actions = append(actions, e.Action)
	}
	if diff := cmp.Diff([]string{"user.updated", "user.updated"}, actions); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPreferencesThatCannotBe(t *testing.T) {
	t.Parallel()
	a := setup(t)
	for name, test := range map[string]struct {
		change user.PreferenceChange
		want   []string
	}{
		"EndsBeforeItBegins": {onMonday(user.Period{From: "17:00", To: "09:00"}), []string{"/working_hours/monday/0/to not_after_from"}},
		"TakesNoTime":        {onMonday(user.Period{From: "09:00", To: "09:00"}), []string{"/working_hours/monday/0/to not_after_from"}},
		"Overlaps": {
			onMonday(user.Period{From: "12:00", To: "17:00"}, user.Period{From: "09:00", To: "12:30"}, user.Period{From: "18:00", To: "19:00"}),
			[]string{"/working_hours/monday/1 overlap"},
		},
		// What ends before it begins overlaps nothing.
		"EndsBeforeItBeginsBesideAnother": {
			onMonday(user.Period{From: "17:00", To: "09:00"}, user.Period{From: "08:00", To: "18:00"}),
			[]string{"/working_hours/monday/0/to not_after_from"},
		},
		"Twice":    {onMonday(user.Period{From: "09:00", To: "10:00"}, user.Period{From: "09:00", To: "10:00"}), []string{"/working_hours/monday/1 overlap"}},
		"TimeZone": {user.PreferenceChange{TimeZone: new("CET/Vienna")}, []string{"/time_zone unknown_time_zone"}},
		// Files that lie beside the zones on many machines, and are none or the machine's own.
		"TimeZoneOfTheServer":  {user.PreferenceChange{TimeZone: new("localtime")}, []string{"/time_zone unknown_time_zone"}},
		"TimeZoneOfRules":      {user.PreferenceChange{TimeZone: new("posixrules")}, []string{"/time_zone unknown_time_zone"}},
		"TimeZoneOfNowhere":    {user.PreferenceChange{TimeZone: new("Factory")}, []string{"/time_zone unknown_time_zone"}},
		"TimeZoneWithLeaps":    {user.PreferenceChange{TimeZone: new("right/Europe/Vienna")}, []string{"/time_zone unknown_time_zone"}},
		"TimeZoneInADirectory": {user.PreferenceChange{TimeZone: new("posix/Europe/Vienna")}, []string{"/time_zone unknown_time_zone"}},
		"TimeZoneUpTheWay":     {user.PreferenceChange{TimeZone: new("../zoneinfo/UTC")}, []string{"/time_zone unknown_time_zone"}},
		"AllAtOnce": {
			user.PreferenceChange{
				TimeZone: new(""), Locale: new("x"),
				WorkingHours: func(h *user.WorkingHours) { h.Friday = []user.Period{{From: "10:00", To: "09:00"}} },
			},
			[]string{"/time_zone unknown_time_zone", "/locale unknown_locale", "/working_hours/friday/0/to not_after_from"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := a.users.SetPreferences(t.Context(), a.actor("Ana"), *a.id("Ana"), nil, test.change)
			expect.Fields(t, err, test.want...)
		})
	}
}
