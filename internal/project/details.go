package project

import (
	"slices"
	"strings"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// Money is an amount in the minor unit of its currency.
type Money struct {
	Minor    int64
	Currency string
}

// columns are the amount and its currency; nil for no amount.
func (m *Money) columns() (minor *int64, currency *string) {
	if m == nil {
		return nil, nil
	}
	return &m.Minor, &m.Currency
}

// change is setting the amount, which may be to none.
func (m *Money) change() moneyChange {
	minor, currency := m.columns()
	return moneyChange{given: true, minor: minor, currency: currency}
}

// moneyChange is what becomes of one of the project's amounts.
type moneyChange struct {
	// given is whether it changes at all; without an amount it is cleared.
	given    bool
	minor    *int64
	currency *string
}

// checkMoney finds amounts below zero, and amounts that are not in one
// currency: the two of the change, or one of them and the other that stays.
func checkMoney(before db.Project, budget, hourlyRate moneyChange) []apperr.Field {
	var wrong []apperr.Field
	for _, amount := range []struct {
		name   string
		change moneyChange
	}{{"budget", budget}, {"hourly_rate", hourlyRate}} {
		if amount.change.minor != nil && *amount.change.minor < 0 {
			wrong = append(wrong, apperr.Field{Pointer: "/" + amount.name + "/amount_minor", Code: "minimum", Detail: "Give an amount of at least 0."})
		}
	}
	budgetIn, rateIn := currencyAfter(before, before.BudgetMinor, budget), currencyAfter(before, before.HourlyRateMinor, hourlyRate)
	if budgetIn == nil || rateIn == nil || *budgetIn == *rateIn {
		return wrong
	}
	mismatch := apperr.Field{
		Pointer: "/hourly_rate/currency", Code: "currency_mismatch",
		Detail: "The budget is in " + *budgetIn + " and the hourly rate in " + *rateIn + ". A project has one currency: give both in the same.",
	}
	if !hourlyRate.given {
		mismatch.Pointer = "/budget/currency"
	}
	return append(wrong, mismatch)
}

// currencyAfter is the currency of an amount after the change; nil without an amount.
func currencyAfter(before db.Project, minor *int64, change moneyChange) *string {
	switch {
	case change.given:
		return change.currency
	case minor != nil:
		return before.Currency
	default:
		return nil
	}
}

// trimTags takes the spaces off the tags, and the second of two that are then
// alike; the order stays.
func trimTags(tags []string) []string {
	trimmed := make([]string, 0, len(tags))
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); !slices.Contains(trimmed, tag) {
			trimmed = append(trimmed, tag)
		}
	}
	return trimmed
}
