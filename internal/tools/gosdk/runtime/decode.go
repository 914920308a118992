package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// decode reads the value of an answer. It is nil if the answer has none.
func decode[T any](response *http.Response, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()

	value := new(T)
	if err := json.NewDecoder(response.Body).Decode(value); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("decoding an answer: %w", err)
	}
	return value, nil
}

// done ends a call whose answer has no value.
func done(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	return response.Body.Close()
}
