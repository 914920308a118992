package user

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Time zones are known wherever the binary runs, also without the system's own.

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// mayUpdate tells whether the actor may change what params name of the user.
// A field that is an admin's is refused whatever its value: a refusal that
// depended on the value would tell it. Nobody gives itself another role, an
// admin no more than others: what one may do is what others have granted.
//
// What decides who somebody is and what they may do outlives the key with which
// it was changed, so that takes somebody who has signed in.
func mayUpdate(actor access.Actor, row db.User, params db.UserUpdateParams) error {
	if actor.APIKeyID != uuid.Nil && (params.Email != nil || params.Role != nil) {
		return apperr.New(apperr.Forbidden, "email and role are changed by people who have signed in, and not with an API key. Leave them out.")
	}
	if actor.Role.AtLeast(access.RoleAdmin) {
		if actor.ID == row.ID && params.Role != nil && *params.Role != row.Role {
			return apperr.New(apperr.Forbidden, "Nobody changes their own role. Ask another administrator, or leave your role %s as it is.", row.Role)
		}
		return nil
	}
	if actor.ID != row.ID && !owns(actor, row) {
		return apperr.New(apperr.Forbidden, "Only the user itself, the owner of an agent or an administrator can change this user.")
	}
	var named []string
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"email", params.Email != nil},
		{"role", params.Role != nil},
		{"weekly_capacity_minutes", params.WeeklyCapacityMinutes != nil},
		{"cost_rate", params.CostRateDoUpdate},
	} {
		if field.set {
			named = append(named, field.name)
		}
	}
	if len(named) > 0 {
		return apperr.New(apperr.Forbidden, "Only an administrator can change %s. Leave it out.", strings.Join(named, ", "))
	}
	return nil
}

// normalize returns params as they are stored, or a validation error over
// every value that cannot be.
func normalize(params db.UserUpdateParams) (db.UserUpdateParams, error) {
	var wrong []apperr.Field
	params.Name, params.Email, params.Title = trimmed(params.Name), trimmed(params.Email), trimmed(params.Title)
	if params.Skills != nil {
		var mistakes []apperr.Field
		params.Skills, mistakes = normalizeSkills(params.Skills)
		wrong = append(wrong, mistakes...)
	}
	if params.TimeZone != nil && !isTimeZone(*params.TimeZone) {
		wrong = append(wrong, apperr.Field{
			Pointer: "/time_zone", Code: "unknown_time_zone",
			Detail: fmt.Sprintf("%q is no time zone. Send an IANA name such as Europe/Berlin.", *params.TimeZone),
		})
	}
	if params.Locale != nil {
		locale, err := language.Parse(*params.Locale)
		if err != nil {
			wrong = append(wrong, apperr.Field{
				Pointer: "/locale", Code: "unknown_locale",
				Detail: fmt.Sprintf("%q is no locale. Send a BCP 47 tag such as de-AT.", *params.Locale),
			})
		} else {
			params.Locale = new(locale.String())
		}
	}
	if len(wrong) > 0 {
		return params, apperr.Invalid(wrong...)
	}
	return params, nil
}

// normalizeSkills trims the skills and finds those that are named twice.
func normalizeSkills(skills []string) ([]string, []apperr.Field) {
	kept := make([]string, 0, len(skills))
	var wrong []apperr.Field
	for i, skill := range skills {
		skill = strings.TrimSpace(skill)
		if slices.Contains(kept, skill) {
			wrong = append(wrong, apperr.Field{
				Pointer: fmt.Sprintf("/skills/%d", i), Code: "duplicate", Detail: fmt.Sprintf("%q is named twice.", skill),
			})
		}
		kept = append(kept, skill)
	}
	return kept, wrong
}

// noTimeZones are names that time.LoadLocation takes, or finds a file for on
// many machines, and that are none of the IANA database's zones: the server's
// own one, and where nobody is.
var noTimeZones = []string{"", "Local", "localtime", "posixrules", "Factory"}

// isTimeZone knows the names of the IANA database. Some machines have it three
// times, of which two stand in directories that others do not have.
func isTimeZone(name string) bool {
	if slices.Contains(noTimeZones, name) || strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/") {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
