package httpapi

import (
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/page"
)

// toNullable is a column's value in a response, where null is said explicitly.
func toNullable[T any](value *T) api.Nullable[T] {
	if value == nil {
		return api.NewNullNullable[T]()
	}
	return api.NewNullableWithValue(*value)
}

func toNullableDate(value *time.Time) api.Nullable[api.Date] {
	if value == nil {
		return api.NewNullNullable[api.Date]()
	}
	return api.NewNullableWithValue(api.DateOf(*value))
}

// fromNullable is a request's value for a column: absent and null are both nil.
func fromNullable[T any](value api.Nullable[T]) *T {
	found, err := value.Get()
	if err != nil {
		return nil
	}
	// What is not there takes no room.
	return new(found)
}

func toDate(value time.Time) api.Date { return api.DateOf(value) }

func fromNullableDate(value api.Nullable[api.Date]) *time.Time {
	return fromDate(fromNullable(value))
}

func fromDate(value *api.Date) *time.Time {
	if value == nil {
		return nil
	}
	return new(value.Time())
}

// valueOr is an optional field's value, or the default the contract gives.
func valueOr[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

// listOr is an optional list, or the default the contract gives. An empty one is there.
func listOr[T any](values, otherwise []T) []T {
	if values == nil {
		return otherwise
	}
	return values
}

// fromEnums are an optional filter's values as text.
func fromEnums[T ~string](values []T) []string {
	if values == nil {
		return nil
	}
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return texts
}

// fromEnum is an optional filter's value as text.
func fromEnum[T ~string](value *T) *string {
	if value == nil {
		return nil
	}
	return new(string(*value))
}

// convertAll converts rows; none are an empty array.
func convertAll[Row, Converted any](rows []Row, convert func(Row) Converted) []Converted {
	all := make([]Converted, len(rows))
	for i, row := range rows {
		all[i] = convert(row)
	}
	return all
}

func fromPage(number *api.Page, size *api.PageSize, cursor *api.Cursor, sort *string) page.Request {
	return page.Request{
		Number: number,
		Size:   valueOr(size, page.DefaultSize),
		Cursor: valueOr(cursor, ""),
		Sort:   valueOr(sort, ""),
	}
}

func toPageInfo(info page.Info) api.PageInfo {
	converted := api.PageInfo{
		Page: api.NewNullNullable[int](), PageSize: info.Size,
		Total: api.NewNullNullable[int64](), TotalPages: api.NewNullNullable[int](),
		HasMore: info.HasMore, NextCursor: api.NewNullNullable[string](),
	}
	if info.Number > 0 {
		converted.Page.Set(info.Number)
		converted.Total.Set(info.Total)
		converted.TotalPages.Set(int(info.TotalPages))
		converted.TotalIsExact, converted.TotalIsEstimate = !info.MoreThanTotal, info.IsEstimate
	}
	// A search has pages and no cursors.
	if info.NextCursor != "" {
		converted.NextCursor.Set(info.NextCursor)
	}
	return converted
}

// toMoney is a pair of columns, the amount in the minor unit and its currency; null without an amount.
func toMoney(minor *int64, currency *string) api.Nullable[api.Money] {
	if minor == nil || currency == nil {
		return api.NewNullNullable[api.Money]()
	}
	return api.NewNullableWithValue(api.Money{AmountMinor: *minor, Currency: *currency})
}

// fromMoney is a request's amount for a pair of columns.
func fromMoney(value api.Nullable[api.Money]) (minor *int64, currency *string) {
	money := fromNullable(value)
	if money == nil {
		return nil, nil
	}
	return &money.AmountMinor, &money.Currency
}
