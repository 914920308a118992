package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// stormClients sign in at once, over and over.
	stormClients = 32
	// stormKeeps is the part of their idle rate that reads are to keep meanwhile,
	// and stormP99 how long the slowest hundredth of them may take, in milliseconds.
	stormKeeps = 0.7
	stormP99   = 25
)

// storm measures what is left to reads while 32 clients sign in as fast as they
// are answered. Who is beyond the bound is told to come back, and when.
func (r *replicated) storm(ctx context.Context, figures *Figures) (err error) {
	f, err := r.start(ctx, 1, false)
	defer func() { err = errors.Join(err, f.stop()) }()
	if err != nil {
		return err
	}
	operations, err := chosen([]string{"get"})
	if err != nil {
		return err
	}
	requests, err := operations[0].Requests(ctx, f.world, 1)
	if err != nil {
		return err
	}
	wrk, err := FindWrk(filepath.Join(r.work, "wrk"), serviceConnections)
	if err != nil {
		return err
	}
	lasting := time.Duration(r.options.Seconds) * time.Second
	read := func() (Load, error) {
		load, err := wrk.Run(ctx, f.services[0].Origin, requests, 0, lasting)
		if err == nil && (load.Failed > 0 || load.Requests == 0) {
			err = fmt.Errorf("%d of %d reads failed", load.Failed, load.Requests)
		}
		return load, err
	}
	if _, err := read(); err != nil { // warms
		return err
	}
	idle, err := read()
	if err != nil {
		return err
	}
	storming, stop := context.WithCancel(ctx)
	answers := r.signIn(storming, f)
	amid, err := read()
	stop()
	counted := <-answers
	if err := errors.Join(err, counted.err); err != nil {
		return err
	}
	note := fmt.Sprintf("%.0f of %.0f req/s", amid.Rate(), idle.Rate())
	figures.add(Figure{Name: fmt.Sprintf("reads amid %d who sign in, rate kept", stormClients), Value: amid.Rate() / idle.Rate(), Wanted: stormKeeps, Note: note})
	figures.add(Figure{
		Name: "reads amid them, p99", Value: float64(amid.P99.Microseconds()) / 1000, Unit: "ms", Wanted: stormP99, AtMost: true,
		Note: fmt.Sprintf("idle %.1f ms", float64(idle.P99.Microseconds())/1000),
	})
	figures.add(Figure{
		Name: "sign-ins answered", Value: float64(counted.signedIn) / lasting.Seconds(), Unit: "1/s",
		Note: fmt.Sprintf("%d were refused with Retry-After", counted.refused),
	})
	return nil
}

// stormAnswers are how the sign-ins of a storm were answered.
type stormAnswers struct {
	signedIn, refused int
	err               error
}

// signIn has all clients sign in until the context ends.
func (r *replicated) signIn(ctx context.Context, f *fleet) <-chan stormAnswers {
	var mu sync.Mutex
	var all stormAnswers
	var clients sync.WaitGroup
	for range stormClients {
		clients.Go(func() {
			for ctx.Err() == nil {
				refused, err := attempt(ctx, f.services[0].Origin, f.world.email)
				mu.Lock()
				switch {
				case ctx.Err() != nil:
				case err != nil:
					all.err = err
				case refused:
					all.refused++
				default:
					all.signedIn++
				}
				stop := all.err != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	done := make(chan stormAnswers, 1)
	go func() {
		clients.Wait()
		done <- all
	}()
	return done
}

// attempt signs in once. It is an error to be refused in any other way than by
// being told when to come back.
func attempt(ctx context.Context, origin, email string) (refused bool, err error) {
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	if err != nil {
		return false, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/api/v1/users/login", strings.NewReader(string(body)))
	if err != nil {
		return false, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, fmt.Errorf("signing in: %w", err)
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusOK:
		return false, nil
	case (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && response.Header.Get("Retry-After") != "":
		return true, nil
	default:
		return false, fmt.Errorf("a sign-in amid the storm is answered %d, Retry-After %q", status, response.Header.Get("Retry-After"))
	}
}
