package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// decode reads the value of an answer that has one by the contract, so that a
// result without an error is never nil.
func decode[T any](response *http.Response, err error) (*T, error) {
	value, err := decodeIfAny[T](response, err)
	if err == nil && value == nil {
		return nil, undecoded[T](response, errors.New("it is empty; does something between here and the service answer in its place?"))
	}
	return value, err
}

// decodeIfAny reads the value of an answer. It is nil if the answer has none.
func decodeIfAny[T any](response *http.Response, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()

	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, undecoded[T](response, err)
	}
	if content = bytes.TrimSpace(content); len(content) == 0 || bytes.Equal(content, []byte("null")) {
		return nil, nil
	}
	value := new(T)
	if err := json.Unmarshal(content, value); err != nil {
		return nil, undecoded[T](response, err)
	}
	return value, nil
}

// undecoded is the error of an answer of success that is not what it should be.
func undecoded[T any](response *http.Response, why error) error {
	return fmt.Errorf("%s %s: the answer %d cannot be read as %T: %w",
		response.Request.Method, response.Request.URL.Path, response.StatusCode, *new(T), why)
}

// done ends a call whose answer has no value.
func done(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	return response.Body.Close()
}
