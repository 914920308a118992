// Package webhook owns the addresses to which changes are sent as they happen,
// and sends them: [Service] is what callers do with endpoints, [Courier] what
// goes on behind it. Messages are those of Standard Webhooks.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/outbound"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/seal"
)

// MaxEndpoints is how many endpoints a project may have, and there may be of everything.
const MaxEndpoints = 20

// Whether changes are sent to an endpoint.
const (
	StatusEnabled  = "enabled"
	StatusDisabled = "disabled"
)

// Why an endpoint is disabled.
const (
	DisabledByHand  = "by_hand"
	DisabledGone    = "gone"
	DisabledFailing = "failing"
)

// Options are what a [Service] and a [Courier] have in common.
type Options struct {
	// Secret is what the endpoints' secrets are sealed under.
	Secret []byte
	// Client is how endpoints are called; see [NewClient].
	Client *outbound.Client
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// Wake is called when there may be something to deliver; nil is called by nobody.
	Wake func()
}

// Endpoint is an endpoint with how its deliveries go.
type Endpoint = db.WebhookGetRow

// Service reads and changes endpoints. A project's are for who manages it and
// for admins, those of everything for admins.
type Service struct {
	db     *dbx.DB
	box    *seal.Box
	client *outbound.Client
	now    func() time.Time
	wake   func()
}

// New returns the service.
func New(d *dbx.DB, o Options) (*Service, error) {
	box, err := newBox(o.Secret)
	if err != nil {
		return nil, err
	}
	s := &Service{db: d, box: box, client: o.Client, now: o.Now, wake: o.Wake}
	if s.now == nil {
		s.now = time.Now
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	return s, nil
}

var columns = page.Columns{
	"name":       {SQL: "w.name"},
	"created_at": {SQL: "w.created_at"},
}

// Filter narrows a list; nil fields do not.
type Filter struct {
	ProjectID *uuid.UUID
	Status    *string
}

// List returns a page of the endpoints that the actor has.
func (s *Service) List(ctx context.Context, actor access.Actor, filter Filter, request page.Request) ([]Endpoint, page.Info, error) {
	list, err := dbx.NewList(s.db, columns, "w.id", request)
	if err != nil {
		return nil, page.Info{}, err
	}
	rows, err := db.New(list).WebhookList(ctx, db.WebhookListParams{
		HasAll: actor.Administers(), IsAdmin: isAdmin(actor), ActorID: actor.ID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
		ProjectID: filter.ProjectID, Status: filter.Status, RowLimit: list.Limit(), RowOffset: list.Offset(),
	})
	if err != nil {
		return nil, page.Info{}, fmt.Errorf("listing webhooks: %w", err)
	}
	endpoints := make([]Endpoint, len(rows))
	for i, row := range rows {
		endpoints[i] = Endpoint(row)
	}
	return endpoints, list.Info(), nil
}

func isAdmin(actor access.Actor) bool { return actor.Role.AtLeast(access.RoleAdmin) }

// Get returns one endpoint, NotFound unless the actor has it.
func (s *Service) Get(ctx context.Context, actor access.Actor, id uuid.UUID) (Endpoint, error) {
	return get(ctx, db.New(s.db), actor, id)
}

func get(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID) (Endpoint, error) {
	row, err := q.WebhookGet(ctx, db.WebhookGetParams{
		ID: id, HasAll: actor.Administers(), IsAdmin: isAdmin(actor), ActorID: actor.ID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(),
	})
	if err != nil {
		return Endpoint{}, fmt.Errorf("reading a webhook: %w", dbx.OrMissing(err, "webhook", id))
	}
	return row, nil
}

// CreateParams are what an endpoint is made from.
type CreateParams struct {
	// ProjectID is the project whose events it gets; nil for those of everything.
	ProjectID  *uuid.UUID
	Name, URL  string
	EventTypes []string
}

// Create makes an endpoint and returns it with its secret. It returns a
// validation error for an address that is not called or a project that the
// actor does not see, Forbidden unless the actor manages the project or, without one,
// administers everything, and Conflict when there are [MaxEndpoints].
func (s *Service) Create(ctx context.Context, actor access.Actor, params CreateParams) (Endpoint, Secret, error) {
	id := uuid.Must(uuid.NewV7())
	secret, sealed, err := s.newSecret(id)
	if err != nil {
		return Endpoint{}, Secret{}, err
	}
	wrong := s.checkURL(params.URL)
	row, err := dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Endpoint, error) {
		if err := mayCreate(ctx, q, actor, params.ProjectID, wrong); err != nil {
			return Endpoint{}, err
		}
		err := q.WebhookInsert(ctx, db.WebhookInsertParams{
			ID: id, ProjectID: params.ProjectID, Name: strings.TrimSpace(params.Name), Url: params.URL, EventTypes: ordered(params.EventTypes), Secret: sealed,
			Now: s.now(), ActorID: actor.IDOrNil(),
		})
		if err != nil {
			return Endpoint{}, fmt.Errorf("inserting a webhook: %w", err)
		}
		if err := q.WebhookQueueInsert(ctx, id); err != nil {
			return Endpoint{}, fmt.Errorf("inserting the queue of a webhook: %w", err)
		}
		created, err := get(ctx, q, actor, id)
		if err != nil {
			return Endpoint{}, err
		}
		return created, record(ctx, q, actor, "created", nil, created.Webhook)
	})
	return row, secret, err
}

func mayCreate(ctx context.Context, q *db.Queries, actor access.Actor, projectID *uuid.UUID, wrong []apperr.Field) error {
	if projectID == nil && !actor.Administers() {
		return apperr.New(apperr.Forbidden, "Only administrators have the events of everything sent. Send the project_id of a project that you manage.")
	}
	if projectID != nil {
		project, err := q.WebhookLockProject(ctx, db.WebhookLockProjectParams{ID: *projectID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
		switch {
		case dbx.IsNotFound(err):
			wrong = append(wrong, apperr.Field{Pointer: "/project_id", Code: "not_found", Detail: fmt.Sprintf("There is no project %s that you can see.", projectID)})
		case err != nil:
			return fmt.Errorf("locking the project: %w", err)
		case !actor.CanManage(access.Project{ManagerID: project.ManagerID}):
			return apperr.New(apperr.Forbidden, "Only the project's manager or an administrator can have its events sent.")
		}
	}
	if len(wrong) > 0 {
		return apperr.Invalid(wrong...)
	}
	there, err := q.WebhookCount(ctx, projectID)
	if err != nil {
		return fmt.Errorf("counting webhooks: %w", err)
	}
	if there >= MaxEndpoints {
		return apperr.New(apperr.Conflict, "There are %d endpoints already, which is the most. Delete one that is not needed any more.", there)
	}
	return nil
}

func (s *Service) checkURL(text string) []apperr.Field {
	_, err := s.client.CheckURL(text)
	if refused, ok := errors.AsType[*outbound.RefusedError](err); ok {
		return []apperr.Field{{Pointer: "/url", Code: "not_callable", Detail: refused.Reason}}
	}
	return nil
}

func ordered(eventTypes []string) []string { return slices.Sorted(slices.Values(eventTypes)) }

// UpdateParams are what of an endpoint is to change; nil keeps.
type UpdateParams struct {
	Name, URL  *string
	EventTypes []string
}

// Update changes an endpoint; the values it has already change nothing. It
// returns NotFound unless the actor has it, VersionConflict when version is not
// nil and not the row's, and a validation error for an address that is not called.
func (s *Service) Update(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, params UpdateParams) (Endpoint, error) {
	var wrong []apperr.Field
	if params.URL != nil {
		wrong = s.checkURL(*params.URL)
	}
	return s.change(ctx, actor, id, version, "updated", func(q *db.Queries, before Endpoint) error {
		if len(wrong) > 0 {
			return apperr.Invalid(wrong...)
		}
		update := db.WebhookUpdateParams{
			ID: id, Name: before.Webhook.Name, Url: before.Webhook.Url, EventTypes: before.Webhook.EventTypes, Now: s.now(), ActorID: actor.IDOrNil(),
		}
		if params.Name != nil {
			update.Name = strings.TrimSpace(*params.Name)
		}
		if params.URL != nil {
			update.Url = *params.URL
		}
		if params.EventTypes != nil {
			update.EventTypes = ordered(params.EventTypes)
		}
		if update.Name == before.Webhook.Name && update.Url == before.Webhook.Url && slices.Equal(update.EventTypes, before.Webhook.EventTypes) {
			return dbx.ErrNothingChanged
		}
		return q.WebhookUpdate(ctx, update)
	})
}

// Delete removes an endpoint with its deliveries. Errors are those of Update.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64) error {
	return dbx.WithTx(ctx, s.db, func(q *db.Queries) error {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil {
			return err
		}
		if err := q.WebhookDelete(ctx, id); err != nil {
			return fmt.Errorf("deleting a webhook: %w", err)
		}
		return event.Record(ctx, q, actor, event.Event{
			Entity: "webhook", ID: id, ProjectID: before.Webhook.ProjectID, Action: "deleted",
			Before: tell(before.Webhook), Gone: true, Version: before.Webhook.Version + 1,
		})
	})
}

// Enable has changes sent to an endpoint again, from now on, and what failed
// before does not count any more. One that is enabled stays as it is. It
// returns NotFound unless the actor has it.
func (s *Service) Enable(ctx context.Context, actor access.Actor, id uuid.UUID) (Endpoint, error) {
	return s.change(ctx, actor, id, nil, "enabled", func(q *db.Queries, before Endpoint) error {
		if before.Webhook.Status == StatusEnabled {
			return dbx.ErrNothingChanged
		}
		if err := q.WebhookQueueReset(ctx, id); err != nil {
			return err
		}
		return q.WebhookEnable(ctx, db.WebhookEnableParams{ID: id, Now: s.now(), ActorID: actor.IDOrNil()})
	})
}

// Disable has nothing more sent to an endpoint; what is pending has failed. One
// that is disabled stays as it is. It returns NotFound unless the actor has it.
func (s *Service) Disable(ctx context.Context, actor access.Actor, id uuid.UUID) (Endpoint, error) {
	return s.change(ctx, actor, id, nil, "disabled", func(q *db.Queries, before Endpoint) error {
		if before.Webhook.Status == StatusDisabled {
			return dbx.ErrNothingChanged
		}
		return disable(ctx, q, db.WebhookDisableParams{ID: id, Reason: DisabledByHand, Now: s.now(), ActorID: actor.IDOrNil()})
	})
}

func disable(ctx context.Context, q *db.Queries, params db.WebhookDisableParams) error {
	if _, err := q.WebhookDisable(ctx, params); err != nil {
		return err
	}
	_, err := q.WebhookDeliveryGiveUp(ctx, db.WebhookDeliveryGiveUpParams{WebhookID: params.ID, Error: "The endpoint was disabled."})
	return err
}

// change locks an endpoint, has it changed and records what that did.
func (s *Service) change(ctx context.Context, actor access.Actor, id uuid.UUID, version *int64, action string, change func(q *db.Queries, before Endpoint) error) (Endpoint, error) {
	return dbx.WithTxResult(ctx, s.db, func(q *db.Queries) (Endpoint, error) {
		before, err := lock(ctx, q, actor, id, version)
		if err != nil {
			return Endpoint{}, err
		}
		switch err := change(q, before); {
		case errors.Is(err, dbx.ErrNothingChanged):
			return before, err
		case err != nil:
			return Endpoint{}, fmt.Errorf("a webhook is not %s: %w", action, err)
		}
		after, err := get(ctx, q, actor, id)
		if err != nil {
			return Endpoint{}, err
		}
		return after, record(ctx, q, actor, action, &before.Webhook, after.Webhook)
	})
}

// lock locks the endpoint and reads it, as far as the actor has it.
func lock(ctx context.Context, q *db.Queries, actor access.Actor, id uuid.UUID, version *int64) (Endpoint, error) {
	if _, err := q.WebhookLock(ctx, id); err != nil {
		return Endpoint{}, fmt.Errorf("locking a webhook: %w", dbx.OrMissing(err, "webhook", id))
	}
	row, err := get(ctx, q, actor, id)
	if err != nil {
		return Endpoint{}, err
	}
	if version != nil && *version != row.Webhook.Version {
		return Endpoint{}, apperr.StaleVersion("webhook", row.Webhook.Version, *version)
	}
	return row, nil
}

// told is what the log of changes tells of an endpoint.
type told struct {
	ProjectID               *uuid.UUID `json:"project_id"`
	Name                    string     `json:"name"`
	URL                     string     `json:"url"`
	EventTypes              []string   `json:"event_types"`
	Status                  string     `json:"status"`
	DisabledReason          *string    `json:"disabled_reason"`
	PreviousSecretExpiresAt *time.Time `json:"previous_secret_expires_at"`
}

func tell(row db.Webhook) told {
	return told{
		ProjectID: row.ProjectID, Name: row.Name, URL: withoutQuery(row.Url), EventTypes: row.EventTypes, Status: row.Status,
		DisabledReason: row.DisabledReason, PreviousSecretExpiresAt: row.PreviousSecretExpiresAt,
	}
}

// withoutQuery is the address as it may be kept for good: what lets one in is
// often in the query.
func withoutQuery(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if parsed.RawQuery != "" {
		parsed.RawQuery = "…"
	}
	return parsed.String()
}

func record(ctx context.Context, q *db.Queries, actor access.Actor, action string, before *db.Webhook, after db.Webhook) error {
	e := event.Event{
		Entity: "webhook", ID: after.ID, ProjectID: after.ProjectID, Action: action, After: tell(after), Version: after.Version,
	}
	if before != nil {
		e.Before = tell(*before)
	}
	return event.Record(ctx, q, actor, e)
}
