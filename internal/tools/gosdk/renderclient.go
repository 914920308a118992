package main

import (
	"bytes"
	"fmt"
)

// writeClient writes Client, with a field for each tag, and what makes one.
func (s *sdk) writeClient(out *bytes.Buffer) {
	writeComment(out, 0, "Version is that of the contract from which this package was generated.")
	fmt.Fprintf(out, "const Version = %q\n\n", s.version)

	writeComment(out, 0, "Client calls the API of "+s.title+". Its fields are the parts of it. It may be used by many goroutines at once.")
	out.WriteString("type Client struct {\n")
	out.WriteString("\ttransport *transport\n\n")
	for _, t := range s.tags {
		writeComment(out, 1, t.description)
		fmt.Fprintf(out, "\t%s %s\n", t.goName, t.goName)
	}
	out.WriteString("}\n\n")

	writeComment(out, 0, "New makes a client of the service at an address such as http://127.0.0.1:8080. "+
		"It sends nothing; it returns an error if the address or an option makes no sense.")
	out.WriteString(`func New(baseURL string, options ...Option) (*Client, error) {
	t, err := newTransport(Version, baseURL, options)
	if err != nil {
		return nil, err
	}

	return newClient(t), nil
}

`)

	writeComment(out, 0, "SignIn opens a session and makes a client that acts in it, and that keeps it alive for as long as "+
		"it is used. [OnSession] has it told of, so that it can be kept.")
	out.WriteString(`func SignIn(ctx context.Context, baseURL, email, password string, options ...Option) (*Client, error) {
	t, err := signIn(ctx, Version, baseURL, email, password, options)
	if err != nil {
		return nil, err
	}

	return newClient(t), nil
}

`)

	out.WriteString("func newClient(t *transport) *Client {\n\treturn &Client{\n\t\ttransport: t,\n")
	for _, t := range s.tags {
		fmt.Fprintf(out, "\t\t%s: %s{t},\n", t.goName, t.goName)
	}
	out.WriteString("\t}\n}\n")
}
