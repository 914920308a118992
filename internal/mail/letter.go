package mail

import (
	"html/template"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind tells letters apart.
type Kind string

// The kinds of letters.
const (
	Invitation        Kind = "invitation"
	Registration      Kind = "registration"
	AddressTaken      Kind = "address_taken"
	EmailVerification Kind = "email_verification"
	PasswordReset     Kind = "password_reset"
	Notice            Kind = "notice"
)

// Letter is what a mail is made from. It can be kept, as JSON, until it is
// sent; it holds secrets then.
type Letter struct {
	// ID is the same for each attempt to hand it in.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	To   string `json:"to"`
	// Inviter and Role are an invitation's.
	Inviter string `json:"inviter,omitempty"`
	Role    string `json:"role,omitempty"`
	Token   string `json:"token,omitempty"`
	// Expires is when the token does; zero without one.
	Expires time.Time `json:"expires,omitzero"`
	// What is what has happened, of a notice.
	What string `json:"what,omitempty"`
}

// content is what one mail says. None addresses its recipient by name: accounts
// can be opened for the addresses of others, and a name that somebody chose
// would be delivered to them by us.
type content struct {
	Letter

	subject string
	// opening says what it is about, closing what to do if it is unexpected.
	opening, closing string
	// link is where to go; without one, the token is to be sent to the operation.
	link      string
	operation string
}

// content returns what the letter says, false for one of a kind there is not.
func (m *Mailer) content(l Letter) (content, bool) {
	switch l.Kind {
	case Invitation:
		return m.withToken("/accept-invitation", "/api/v1/users/register", content{
			Letter: l, subject: "You are invited to Coordinator",
			opening: oneLine(l.Inviter) + " invites you to open an account on Coordinator with the role " + l.Role + ".",
			closing: "If you do not know who this is, ignore this mail: no account is opened.",
		}), true
	case Registration:
		return m.withToken("/verify-email", "/api/v1/users/email-verification", content{
			Letter: l, subject: "Confirm your registration",
			opening: "Somebody, hopefully you, asked to open an account on Coordinator with this e-mail address. It opens once you confirm it.",
			closing: "If it was not you, ignore this mail: no account is opened. If you asked more than once, the password is the one that you chose with the mail that you confirm.",
		}), true
	case AddressTaken:
		return content{
			Letter: l, subject: "You have an account already",
			opening: "Somebody, hopefully you, tried to open an account on Coordinator with this e-mail address. It has one already, and nothing about that was changed: sign in to it.",
			closing: "If you have forgotten the password, ask for a mail to reset it where you sign in. Programs send the address to POST " +
				m.options.PublicURL + "/api/v1/users/password-reset. If it was not you, ignore this mail.",
		}, true
	case EmailVerification:
		return m.withToken("/verify-email", "/api/v1/users/email-verification", content{
			Letter: l, subject: "Verify your e-mail address",
			opening: "An account on Coordinator has this e-mail address. Please verify that it is yours.",
			closing: "If you have no such account, ignore this mail: the address stays unverified.",
		}), true
	case PasswordReset:
		return m.withToken("/reset-password", "/api/v1/users/password-reset/confirm", content{
			Letter: l, subject: "Reset your password",
			opening: "Somebody, hopefully you, asked to reset the password of your account on Coordinator.",
			closing: "If it was not you, ignore this mail: your password stays as it is.",
		}), true
	case Notice:
		return content{
			Letter: l, subject: "A change to your account", opening: l.What,
			closing: "If this was you, there is nothing to do. If it was not, reset your password at once and tell an administrator.",
		}, true
	}
	return content{}, false
}

// withToken adds where the token goes: by a link of the front end, or to the operation.
func (m *Mailer) withToken(page, operation string, l content) content {
	if m.options.AppURL != "" {
		l.link = m.options.AppURL + page + "?token=" + url.QueryEscape(l.Token)
	}
	l.operation = "POST " + m.options.PublicURL + operation
	return l
}

// expiry is when the token expires, as people read it anywhere.
func (l content) expiry() string { return l.Expires.UTC().Format("2 January 2006, 15:04 UTC") }

func (l content) text() string {
	parts := []string{l.opening}
	switch {
	case l.link != "":
		parts = append(parts, "Open this link:", "  "+l.link)
	case l.Token != "":
		parts = append(parts, "Your token is:", "  "+l.Token, "Enter it where you were asked for it. Programs send it to "+l.operation+".")
	}
	if l.Token != "" {
		parts = append(parts, "It works once, until "+l.expiry()+".")
	}
	return strings.Join(append(parts, l.closing), "\n\n") + "\n"
}

var page = template.Must(template.New("letter").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">
<p>{{.Opening}}</p>
{{if .Link}}<p><a href="{{.Link}}">{{.Subject}}</a></p>
{{else if .Token}}<p>Your token is:</p>
<pre>{{.Token}}</pre>
<p>Enter it where you were asked for it. Programs send it to <code>{{.Operation}}</code>.</p>
{{end}}{{if .Token}}<p>It works once, until {{.Expiry}}.</p>
{{end}}<p>{{.Closing}}</p>
</body></html>
`))

func (l content) html() string {
	var b strings.Builder
	// A builder takes everything, and the template is executed in the tests.
	_ = page.Execute(&b, map[string]string{
		"Subject": l.subject, "Opening": l.opening, "Closing": l.closing, "Link": l.link,
		"Operation": l.operation, "Token": l.Token, "Expiry": l.expiry(),
	})
	return b.String()
}

// maxName is how much of a name is quoted.
const maxName = 80

// oneLine is a name that somebody chose, as it can stand in a sentence: without
// the line breaks and other control characters that would let it look like a
// text of ours, and not without end.
func oneLine(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	line := strings.Join(words, " ")
	if utf8.RuneCountInString(line) > maxName {
		line = string([]rune(line)[:maxName-1]) + "…"
	}
	return line
}
