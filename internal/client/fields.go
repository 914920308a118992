package client

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// The bounds that the contract's text gives and its schema cannot express, or
// that hold for what a merge leaves.
const (
	maxCustomFields       = 50
	maxExternalReferences = 20
	maxKeyLength          = 50
	maxCustomText         = 1000
	maxNumberLength       = 100
)

var key = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkFields returns what is wrong with the fields that depend on each other
// or are maps; nil fields are not looked at.
func checkFields(annualValue *int64, custom, references json.RawMessage, source, externalID *string) []apperr.Field {
	var wrong []apperr.Field
	if annualValue != nil && *annualValue < 0 {
		wrong = append(wrong, apperr.Field{Pointer: "/annual_value/amount_minor", Code: "too_small", Detail: "A client is worth no less than 0 a year."})
	}
	wrong = append(wrong, checkCustomFields(custom)...)
	wrong = append(wrong, checkKeys("/external_references", members(references))...)
	return append(wrong, apperr.HalfReference(source, externalID)...)
}

func checkCustomFields(custom json.RawMessage) []apperr.Field {
	fields := members(custom)
	wrong := checkKeys("/custom_fields", fields)
	for name, value := range fields {
		if code, detail := checkCustomValue(value); code != "" {
			wrong = append(wrong, apperr.Field{Pointer: pointer("/custom_fields", name), Code: code, Detail: detail})
		}
	}
	slices.SortFunc(wrong, func(a, b apperr.Field) int { return strings.Compare(a.Pointer, b.Pointer) })
	return wrong
}

func checkKeys(at string, fields map[string]json.RawMessage) []apperr.Field {
	var wrong []apperr.Field
	for name := range fields {
		if len(name) > maxKeyLength || !key.MatchString(name) {
			wrong = append(wrong, apperr.Field{
				Pointer: pointer(at, name), Code: "name",
				Detail: "A name has lower-case letters, digits and underscores after a letter, and at most 50 characters.",
			})
		}
	}
	slices.SortFunc(wrong, func(a, b apperr.Field) int { return strings.Compare(a.Pointer, b.Pointer) })
	return wrong
}

// checkCustomValue returns what is wrong with one value, "" for nothing.
func checkCustomValue(value json.RawMessage) (code, detail string) {
	switch value[0] {
	case '{', '[':
		return "type", "A custom field is a text, a number, true, false or null."
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil || utf8.RuneCountInString(text) > maxCustomText {
			return "too_long", "The text of a custom field has at most 1000 characters."
		}
	case 't', 'f', 'n':
	default:
		// PostgreSQL writes a number out in full, so that a few characters of
		// exponent could be a hundred thousand digits.
		number, err := strconv.ParseFloat(string(value), 64)
		mantissa, _, _ := strings.Cut(strings.ToLower(string(value)), "e")
		if err != nil || len(value) > maxNumberLength || number == 0 && strings.ContainsAny(mantissa, "123456789") {
			return "out_of_range", "A number is one that a 64-bit floating-point number can be near to, in at most 100 characters."
		}
	}
	return "", ""
}

// checkSizes refuses what a merge has left too much of.
func checkSizes(row db.Client) error {
	var wrong []apperr.Field
	if len(members(row.CustomFields)) > maxCustomFields {
		wrong = append(wrong, apperr.Field{Pointer: "/custom_fields", Code: "too_many", Detail: "A client has at most 50 custom fields; remove some with null."})
	}
	if len(members(row.ExternalReferences)) > maxExternalReferences {
		wrong = append(wrong, apperr.Field{Pointer: "/external_references", Code: "too_many", Detail: "A client has at most 20 external references; remove some with null."})
	}
	if len(wrong) > 0 {
		return apperr.Invalid(wrong...)
	}
	return nil
}

// checkOwner refuses whoever is no person, gone or not seen; the person is held until
// the end of the transaction. nil is nobody.
func checkOwner(ctx context.Context, q *db.Queries, actor access.Actor, id *uuid.UUID) ([]apperr.Field, error) {
	if id == nil {
		return nil, nil
	}
	_, err := q.UserLockPerson(ctx, db.UserLockPersonParams{ID: *id, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if dbx.IsNotFound(err) {
		return []apperr.Field{{Pointer: "/owner_id", Code: "not_a_person", Detail: fmt.Sprintf("There is no person %s.", id)}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the owner: %w", err)
	}
	return nil, nil
}

// cleanTags takes the space off the tags and leaves out what is there already;
// nil stays nil.
func cleanTags(tags []string) []string {
	if tags == nil {
		return nil
	}
	kept := make([]string, 0, len(tags))
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); !slices.Contains(kept, tag) {
			kept = append(kept, tag)
		}
	}
	return kept
}

// members reads an object that has been read before; nil and null have none.
func members(object json.RawMessage) map[string]json.RawMessage {
	var found map[string]json.RawMessage
	if len(object) > 0 {
		_ = json.Unmarshal(object, &found)
	}
	return found
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func pointer(at, name string) string { return at + "/" + pointerEscaper.Replace(name) }
