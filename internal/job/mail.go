package job

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/seal"
)

const (
	// mailQueue is apart from the others, so that a mail server that is slow
	// keeps nothing else waiting; mailsAtOnce bounds the connections to it.
	mailQueue   = "mail"
	mailsAtOnce = 2
	// mailTimeout is longer than a conversation with the server may take.
	mailTimeout = 30 * time.Second
	// mailLife is how long a letter without a token is tried to be handed in.
	mailLife = 24 * time.Hour
	// mailAttempts is more than there are within mailLife.
	mailAttempts = 100
)

// mailBackoff is how long to wait after each attempt; the last goes on. It
// covers a server that restarts, within the quarter of an hour that a token is
// good for, and one that is away for a day.
var mailBackoff = []time.Duration{time.Second, 4 * time.Second, 15 * time.Second, time.Minute, 4 * time.Minute, 15 * time.Minute, time.Hour}

// MailArgs is a letter to hand in. All of it is sealed: whoever reads the table,
// or a backup of it, learns neither an address nor a token.
type MailArgs struct {
	Sealed []byte `json:"sealed"`
}

// Kind implements [river.JobArgs].
func (MailArgs) Kind() string { return "mail" }

// InsertOpts implements [river.JobArgsWithInsertOpts].
func (MailArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: mailQueue, MaxAttempts: mailAttempts}
}

// PasswordResetArgs have the token mailed that resets the password of whoever
// has the address, if somebody does.
type PasswordResetArgs struct {
	Sealed []byte `json:"sealed"`
}

// Kind implements [river.JobArgs].
func (PasswordResetArgs) Kind() string { return "password_reset" }

// nobody is the kind of a letter to nobody.
const nobody mail.Kind = "nobody"

// Post takes letters, and hands them in later. It is auth's mailer.
type Post struct {
	queue  *Queue
	mailer *mail.Mailer
	box    *seal.Box
	logger *slog.Logger
}

// NewPost returns a post that adds to the queue what mailer then hands in.
func NewPost(queue *Queue, mailer *mail.Mailer, secret []byte, logger *slog.Logger) (*Post, error) {
	box, err := seal.New(secret, "mail-jobs")
	if err != nil {
		return nil, err
	}
	return &Post{queue: queue, mailer: mailer, box: box, logger: logger}, nil
}

// AddMail adds the jobs that hand in what p took. mailPasswordReset is what
// finds out who has an address, and writes to them.
func AddMail(w *Works, p *Post, mailPasswordReset func(ctx context.Context, address string) error) {
	w.Queue(mailQueue, mailsAtOnce)
	Add(w, &mailWorker{post: p})
	Add(w, &passwordResetWorker{post: p, mail: mailPasswordReset})
}

// Delivers tells whether mail reaches the people it is for.
func (p *Post) Delivers() bool { return p.mailer.Delivers() }

// Invitation invites the address to open an account.
func (p *Post) Invitation(ctx context.Context, q *db.Queries, to, inviter, role, token string, expires time.Time) error {
	return p.take(ctx, q, mail.Letter{Kind: mail.Invitation, To: to, Inviter: inviter, Role: role, Token: token, Expires: expires})
}

// Registration has the address confirm that an account is to be opened for it.
func (p *Post) Registration(ctx context.Context, q *db.Queries, to, token string, expires time.Time) error {
	return p.take(ctx, q, mail.Letter{Kind: mail.Registration, To: to, Token: token, Expires: expires})
}

// AddressTaken tells the user of the address that somebody tried to open
// another account with it.
func (p *Post) AddressTaken(ctx context.Context, q *db.Queries, to string) error {
	return p.take(ctx, q, mail.Letter{Kind: mail.AddressTaken, To: to})
}

// EmailVerification has the address show that it is its user's.
func (p *Post) EmailVerification(ctx context.Context, q *db.Queries, to, token string, expires time.Time) error {
	return p.take(ctx, q, mail.Letter{Kind: mail.EmailVerification, To: to, Token: token, Expires: expires})
}

// PasswordReset lets the user of the address set a new password.
func (p *Post) PasswordReset(ctx context.Context, q *db.Queries, to, token string, expires time.Time) error {
	return p.take(ctx, q, mail.Letter{Kind: mail.PasswordReset, To: to, Token: token, Expires: expires})
}

// Notice tells the user of the address what has happened to the account.
func (p *Post) Notice(ctx context.Context, q *db.Queries, to, what string) error {
	return p.take(ctx, q, mail.Letter{Kind: mail.Notice, To: to, What: what})
}

// Nobody writes to nobody, in the time that a letter takes.
func (p *Post) Nobody(ctx context.Context, q *db.Queries) error {
	return p.take(ctx, q, mail.Letter{Kind: nobody})
}

// ForgottenPassword has whoever has the address mailed a token. Where nobody
// gets mail it says so, and does nothing.
func (p *Post) ForgottenPassword(ctx context.Context, q *db.Queries, address string) error {
	if !p.mailer.Delivers() && !p.mailer.Logs() {
		p.mailer.Warn(ctx, mail.PasswordReset)
		return nil
	}
	args := PasswordResetArgs{Sealed: p.box.Seal([]byte(address), []byte(PasswordResetArgs{}.Kind()))}
	return p.queue.Add(ctx, q, args, nil)
}

// take puts the letter down in the transaction, or shows it after the commit
// where no mail is delivered.
func (p *Post) take(ctx context.Context, q *db.Queries, l mail.Letter) error {
	if !p.mailer.Delivers() {
		if l.Kind != nobody {
			dbx.AfterCommit(q, func() { p.mailer.Show(ctx, l) })
		}
		return nil
	}
	l.ID = rand.Text()
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("writing a letter: %w", err)
	}
	return p.queue.Add(ctx, q, MailArgs{Sealed: p.box.Seal(text, []byte(MailArgs{}.Kind()))}, nil)
}

type mailWorker struct {
	river.WorkerDefaults[MailArgs]
	post *Post
}

// Work implements [river.Worker]: it hands the letter in, in one attempt.
func (w *mailWorker) Work(ctx context.Context, j *river.Job[MailArgs]) error {
	text, err := w.post.box.Open(j.Args.Sealed, []byte(j.Kind))
	if err != nil {
		return river.JobCancel(fmt.Errorf("opening a letter: %w", err))
	}
	var l mail.Letter
	if err := json.Unmarshal(text, &l); err != nil {
		return river.JobCancel(fmt.Errorf("reading a letter: %w", err))
	}
	if l.Kind == nobody {
		return nil
	}
	logger := w.post.logger.With("kind", string(l.Kind), "message_id", l.ID, "job_id", j.ID, "attempts", j.Attempt)
	err = w.post.mailer.Send(ctx, l)
	switch {
	case err == nil:
		logger.InfoContext(ctx, "mail sent")
		return nil
	case errors.Is(err, mail.ErrRefused), errors.Is(err, mail.ErrExpired), !w.isOfUse(j, l):
		return river.JobCancel(fmt.Errorf("a mail of the kind %s could not be sent: %w", l.Kind, err))
	}
	return fmt.Errorf("a mail of the kind %s could not be sent yet: %w", l.Kind, err)
}

// isOfUse tells whether the letter will be when it is tried again.
func (w *mailWorker) isOfUse(j *river.Job[MailArgs], l mail.Letter) bool {
	until := j.CreatedAt.Add(mailLife)
	if !l.Expires.IsZero() {
		until = l.Expires
	}
	return w.NextRetry(j).Before(until)
}

// NextRetry implements [river.Worker].
func (*mailWorker) NextRetry(j *river.Job[MailArgs]) time.Time {
	return time.Now().Add(mailBackoff[min(max(j.Attempt, 1), len(mailBackoff))-1])
}

// Timeout implements [river.Worker].
func (*mailWorker) Timeout(*river.Job[MailArgs]) time.Duration { return mailTimeout }

type passwordResetWorker struct {
	river.WorkerDefaults[PasswordResetArgs]
	post *Post
	mail func(ctx context.Context, address string) error
}

// Work implements [river.Worker].
func (w *passwordResetWorker) Work(ctx context.Context, j *river.Job[PasswordResetArgs]) error {
	address, err := w.post.box.Open(j.Args.Sealed, []byte(j.Kind))
	if err != nil {
		return river.JobCancel(fmt.Errorf("opening an address: %w", err))
	}
	return w.mail(ctx, string(address))
}

// NextRetry implements [river.Worker]: whoever asked for it is waiting.
func (*passwordResetWorker) NextRetry(j *river.Job[PasswordResetArgs]) time.Time {
	return time.Now().Add(mailBackoff[min(max(j.Attempt, 1), len(mailBackoff))-1])
}
