package main

import (
	"strings"
	"testing"
)

const sample = `{
	"openapi": "3.0.3", "info": {"title": "A", "version": "1", "description": "long"}, "tags": [{"name": "a"}], "servers": [{"url": "/"}],
	"paths": {"/a": {"post": {
		"operationId": "a", "summary": "s", "x-deprecation": {"description": "kept"},
		"parameters": [{"name": "q", "in": "query", "description": "d", "schema": {"type": "string", "example": "e", "maxLength": 1.50}}],
		"requestBody": {"required": true, "description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}, "examples": {"x": {}}}}},
		"responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}, "text/csv": {"schema": {"type": "string"}}}}, "404": {"$ref": "#/components/responses/Gone"}}
	}}},
	"components": {
		"responses": {"Gone": {"description": "d"}},
		"schemas": {
			"In": {"type": "object", "description": "d", "properties": {"title": {"type": "string", "title": "t"}, "description": {"$ref": "#/components/schemas/Deep"}}},
			"Deep": {"type": "string", "pattern": "<&>"}, "Page": {"type": "object", "properties": {"page": {}, "items": {}}}, "Out": {"type": "object"}, "TaskRecord": {"type": "object"}
		}
	}
}`

func TestOnlyWhatRequestsAreCheckedAgainstIsLeft(t *testing.T) {
	t.Parallel()

	got, err := toRequests([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"components":{"schemas":{` +
		`"Deep":{"pattern":"<&>","type":"string"},` +
		`"In":{"properties":{"description":{"$ref":"#/components/schemas/Deep"},"title":{"type":"string"}},"type":"object"},` +
		`"TaskRecord":{"type":"object"}}},` +
		`"info":{"title":"A","version":"1"},"openapi":"3.0.3","paths":{"/a":{"post":{"operationId":"a",` +
		`"parameters":[{"in":"query","name":"q","schema":{"maxLength":1.50,"type":"string"}}],` +
		`"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/In"}}},"required":true},` +
		`"responses":{"200":{"content":{"application/json":{"schema":{"properties":{"page":{}}}},"text/csv":{}},"description":""}},` +
		`"x-deprecation":{"description":"kept"}}}}}`
	if text := strings.TrimSpace(string(got)); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
