package dbx

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Option changes how [Open] connects.
type Option func(*options)

type options struct {
	pooled     bool
	replicaURL string
	maxLag     time.Duration
	limits     Limits
	tracer     *tracer
}

// BehindPooler says that between this process and PostgreSQL there is a pooler
// in transaction mode, such as PgBouncer: each transaction, and each statement
// outside one, may have another session of the server. What belongs to a session
// is then not to be relied upon: prepared statements, settings, LISTEN, and
// advisory locks that outlive a transaction.
func BehindPooler() Option { return func(o *options) { o.pooled = true } }

// WithReplica names a streaming replica of the database. Where a request may be
// answered by it is decided by [DB.OnReplica]; nothing is read from it while it
// is further behind than maxLag.
func WithReplica(url string, maxLag time.Duration) Option {
	return func(o *options) { o.replicaURL, o.maxLag = url, maxLag }
}

// WithLimits bounds what is asked of the database, and how long callers wait.
func WithLimits(limits Limits) Option { return func(o *options) { o.limits = limits } }

// apply makes the configuration one with the limits, and for a pooler where
// there is one. The types of a statement's
// parameters and columns are asked for once and remembered by this process; what
// the server knows of the statement ends with it.
func (o options) apply(config *pgxpool.Config) {
	o.limits.apply(config, o.pooled)
	if o.tracer == nil && o.limits.Impatient {
		o.tracer = &tracer{}
	}
	if o.tracer != nil {
		o.tracer.watches = o.limits.Impatient
		config.ConnConfig.Tracer = o.tracer
	}
	if !o.pooled {
		return
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	config.ConnConfig.StatementCacheCapacity = 0
}
