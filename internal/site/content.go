package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// policy lets a page run scripts and use styles of this server and talk to it,
// and nothing else: no inline script, no other machine.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// content is something to serve with the tag that names exactly it.
type content struct {
	mediaType string
	body      []byte
	tag       string
	// cache is Cache-Control; to be asked for anew each time when it is empty.
	cache string
}

func newContent(mediaType string, body []byte) content {
	return content{mediaType: mediaType, body: body, tag: tagOf(body)}
}

// tagOf names what has exactly these bytes.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// ServeHTTP answers with the content, or with 304 to who has it.
func (c content) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", c.mediaType)
	header.Set("ETag", `"`+c.tag+`"`)
	header.Set("Cache-Control", "no-cache")
	if c.cache != "" {
		header.Set("Cache-Control", c.cache)
	}
	if strings.HasPrefix(c.mediaType, "text/html") {
		header.Set("Content-Security-Policy", policy)
	}
	// It knows If-None-Match, HEAD and ranges.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(c.body))
}

// negotiated is one thing in two forms: a page for browsers and something
// plainer for programs.
type negotiated struct {
	page, plain content
}

func (n negotiated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if wantsPage(r) {
		n.page.ServeHTTP(w, r)
		return
	}
	n.plain.ServeHTTP(w, r)
}

// wantsPage tells a browser, which names HTML, from a program, which takes
// whatever comes.
func wantsPage(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}

// wantsJSON tells whether JSON is asked for, by somebody who is no browser.
func wantsJSON(r *http.Request) bool {
	return !wantsPage(r) && strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "application/json")
}
