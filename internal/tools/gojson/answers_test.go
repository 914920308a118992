package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every answer in JSON of an operation that has succeeded is written by an encoder.
func TestEveryAnswerIsWrittenByAnEncoder(t *testing.T) {
	t.Parallel()

	source, err := os.ReadFile("../../../" + serverFile)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, serverFile, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	declared, written := 0, 0
	for name := range declaredTypes(file) {
		if successful.MatchString(name) {
			declared++
		}
	}
	for _, declaration := range file.Decls {
		visit, ok := declaration.(*ast.FuncDecl)
		if !ok || visit.Recv == nil || !strings.HasPrefix(visit.Name.Name, "Visit") {
			continue
		}
		body := string(source[fset.Position(visit.Body.Pos()).Offset:fset.Position(visit.Body.End()).Offset])
		usesEncodingJSON, usesEncoder := strings.Contains(body, "json.NewEncoder"), strings.Contains(body, "return e.answer(w, 2")
		problem := strings.HasSuffix(visit.Recv.List[0].Type.(*ast.Ident).Name, "ApplicationProblemPlusJSONResponse")
		if usesEncodingJSON && !problem {
			t.Errorf("%s is written by encoding/json", visit.Name.Name)
		}
		if usesEncoder {
			written++
		}
	}
	if declared < 100 || written != declared {
		t.Errorf("%d of %d answers are written by an encoder", written, declared)
	}
}

const wrote = `package server

type Read200ResponseHeaders struct {
	ETag *string
	Age  *int
}

type Read200JSONResponse struct {
	Body    Book
	Headers Read200ResponseHeaders
}

func (response Read200JSONResponse) VisitReadResponse(w http.ResponseWriter) error {

	var buf bytes.Buffer
	if err := json.NewEncoder(&buf).Encode(response.Body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if response.Headers.ETag != nil {
		w.Header().Set("ETag", fmt.Sprint(*response.Headers.ETag))
	}
	if response.Headers.Age != nil {
		w.Header().Set("Age", fmt.Sprint(*response.Headers.Age))
	}
	w.WriteHeader(200)
	_, err := buf.WriteTo(w)
	return err
}

type Lend201JSONResponse Loan

func (response Lend201JSONResponse) VisitLendResponse(w http.ResponseWriter) error {

	var buf bytes.Buffer
	if err := json.NewEncoder(&buf).Encode(response); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(201)
	_, err := buf.WriteTo(w)
	return err
}
`

const rewritten = `package server

type Read200ResponseHeaders struct {
	ETag *string
	Age  *int
}

type Read200JSONResponse struct {
	Body    Book
	Headers Read200ResponseHeaders
}

func (response Read200JSONResponse) VisitReadResponse(w http.ResponseWriter) error {
	e := newEncoder()
	defer e.release()

	encodeBook(e, &response.Body)
	if e.err != nil {
		return e.err
	}
	if response.Headers.ETag != nil {
		w.Header().Set("ETag", *response.Headers.ETag)
	}
	if response.Headers.Age != nil {
		w.Header().Set("Age", fmt.Sprint(*response.Headers.Age))
	}

	return e.answer(w, 200)
}

type Lend201JSONResponse Loan

func (response Lend201JSONResponse) VisitLendResponse(w http.ResponseWriter) error {
	e := newEncoder()
	defer e.release()

	encodeLoan(e, (*Loan)(&response))
	if e.err != nil {
		return e.err
	}

	return e.answer(w, 201)
}
`

func TestAnswersAreRewritten(t *testing.T) {
	t.Parallel()

	got, types, err := withEncoders([]byte(wrote))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rewritten, string(got)); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Book", "Loan"}, types); diff != "" {
		t.Errorf("their types (-want +got):\n%s", diff)
	}
}

// What oapi-codegen writes in another way one day is not left to encoding/json unnoticed.
func TestAnswersThatAreNotKnownFail(t *testing.T) {
	t.Parallel()

	for was, is := range map[string]string{
		"var buf bytes.Buffer":     "buf := bytes.Buffer{}",
		"Encode(response.Body)":    "Encode(&response.Body)",
		"buf.WriteTo(w)":           "w.Write(buf.Bytes())",
		"application/json":         "application/hal+json",
		"Body    Book":             "Body    struct{}",
		"200JSONResponse":          "404JSONResponse",
		"Lend201JSONResponse Loan": "Lend201JSONResponse []Loan",
	} {
		source := strings.ReplaceAll(wrote, was, is)
		if is == "404JSONResponse" {
			source, _, _ = strings.Cut(source, "type Lend")
		}
		if got, _, err := withEncoders([]byte(source)); err == nil {
			t.Errorf("with %s it is rewritten as\n%s", is, got)
		}
	}
}
