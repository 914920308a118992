package client

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// set puts a parameter into a query unless it has its zero value.
func set[T comparable](values url.Values, name string, value T) {
	var none T
	if instant, ok := any(value).(time.Time); value == none || (ok && instant.IsZero()) {
		return // Which has a place even where it is none.
	}
	values.Set(name, text(value))
}

// setPointer puts a parameter into a query unless it is nil.
func setPointer[T any](values url.Values, name string, value *T) {
	if value != nil {
		values.Set(name, text(*value))
	}
}

// setEach puts each element of a list into a query.
func setEach[T any](values url.Values, name string, list []T) {
	for _, value := range list {
		values.Add(name, text(value))
	}
}

// setJoined puts a list into a query as one value, separated by commas.
func setJoined[T any](values url.Values, name string, list []T) {
	if len(list) == 0 {
		return
	}

	joined := make([]string, len(list))
	for i, value := range list {
		joined[i] = text(value)
	}
	values.Set(name, strings.Join(joined, ","))
}

// text is a value as a query has it. Ids, dates, numbers and the values of enums print as they are sent.
func text(value any) string {
	if t, ok := value.(time.Time); ok {
		return t.UTC().Format(time.RFC3339Nano)
	}

	return fmt.Sprint(value)
}

// optional is a body that may be left out: nothing is sent for nil, which in an interface would be null.
func optional[T any](body *T) any {
	if body == nil {
		return nil
	}

	return body
}
