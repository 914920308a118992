package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// contract is what the pages tell of the API.
type contract struct {
	Title       string
	Version     string
	Description string
	Tags        []tag
}

// tag is a group of operations.
type tag struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Operations  []operation `json:"-"`
}

type operation struct {
	ID      string
	Method  string
	Path    string
	Summary string
}

func readContract(document []byte) (contract, error) {
	var spec struct {
		Info struct {
			Title       string `json:"title"`
			Version     string `json:"version"`
			Description string `json:"description"`
		} `json:"info"`
		Tags []tag `json:"tags"`
		// What stands beside the methods of a path is no operation, and is not read as one.
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(document, &spec); err != nil {
		return contract{}, fmt.Errorf("reading the contract: %w", err)
	}
	c := contract{Title: spec.Info.Title, Version: spec.Info.Version, Tags: spec.Tags}
	c.Description, _, _ = strings.Cut(spec.Info.Description, "\n\n")
	c.Description = strings.Join(strings.Fields(c.Description), " ")
	for path, item := range spec.Paths {
		for _, method := range []string{"get", "put", "post", "delete", "patch"} {
			if item[method] == nil {
				continue
			}
			var o struct {
				OperationID string   `json:"operationId"`
				Summary     string   `json:"summary"`
				Tags        []string `json:"tags"`
			}
			if err := json.Unmarshal(item[method], &o); err != nil {
				return contract{}, fmt.Errorf("reading %s %s of the contract: %w", method, path, err)
			}
			i := slices.IndexFunc(c.Tags, func(t tag) bool { return slices.Contains(o.Tags, t.Name) })
			if i < 0 {
				return contract{}, fmt.Errorf("the operation %s has no tag that is described", o.OperationID)
			}
			c.Tags[i].Operations = append(c.Tags[i].Operations, operation{o.OperationID, strings.ToUpper(method), path, o.Summary})
		}
	}
	for _, t := range c.Tags {
		slices.SortFunc(t.Operations, func(a, b operation) int {
			if order := strings.Compare(a.Path, b.Path); order != 0 {
				return order
			}
			return strings.Compare(a.Method, b.Method)
		})
	}
	return c, nil
}

// count is how many operations there are.
func (c contract) count() int {
	n := 0
	for _, t := range c.Tags {
		n += len(t.Operations)
	}
	return n
}
