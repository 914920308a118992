package comment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
)

// Verdicts counts judgements. A comment that three people have judged counts
// three times.
type Verdicts struct {
	Accepted, Edited, Rejected, Flagged int64
}

// Total is the number of judgements.
func (v Verdicts) Total() int64 { return v.Accepted + v.Edited + v.Rejected + v.Flagged }

// AcceptanceRate is the share of the judgements that accept; nil without any.
func (v Verdicts) AcceptanceRate() *float64 { return ratio(float64(v.Accepted), v.Total()) }

// plus returns the counts with so many more of the verdict.
func (v Verdicts) plus(verdict db.FeedbackVerdict, n int64) Verdicts {
	switch verdict {
	case db.FeedbackVerdictAccepted:
		v.Accepted += n
	case db.FeedbackVerdictEdited:
		v.Edited += n
	case db.FeedbackVerdictRejected:
		v.Rejected += n
	case db.FeedbackVerdictFlagged:
		v.Flagged += n
	}
	return v
}

// Quality is how people have judged what an agent said, over the comments that
// the caller can see.
type Quality struct {
	UserID      uuid.UUID
	From, To    *time.Time
	GeneratedAt time.Time
	// Comments are the agent's in that time, JudgedComments those that anybody has judged.
	Comments       int64
	JudgedComments int64
	Verdicts       Verdicts
	ByModel        []ModelQuality
	ByKind         []KindQuality
	Calibration    Calibration
}

// ModelQuality is the judgements on what came from one model.
type ModelQuality struct {
	Provider, Model string
	Verdicts        Verdicts
}

// KindQuality is the judgements on comments of one kind.
type KindQuality struct {
	Kind     db.CommentKind
	Verdicts Verdicts
}

// Calibration is how the stated confidence compares with what people accepted,
// over the judgements on comments that state one. Rates are nil without any.
type Calibration struct {
	Judgements     int64
	MeanConfidence *float64
	AcceptanceRate *float64
	// ExpectedCalibrationError is the distance between mean confidence and
	// acceptance rate within each bucket, weighted by the bucket's judgements
	// (Naeini et al., 2015).
	ExpectedCalibrationError *float64
	// BrierScore is the mean squared distance between the confidence and the
	// outcome, 1 for accepted and 0 for anything else (Brier, 1950).
	BrierScore *float64
	// Buckets are ten of a tenth each.
	Buckets []Bucket
}

// Bucket is the judgements on comments with a confidence from From to below To;
// the last one includes 1.
type Bucket struct {
	From, To       float64
	Judgements     int64
	MeanConfidence *float64
	AcceptanceRate *float64
}

// Quality returns how people have judged the agent's comments that were
// created between the two days, both inclusive and nil for no bound. It
// returns NotFound when the actor cannot see the agent, Conflict when that is a
// person, and a validation error when the period ends before it begins.
func (s *Service) Quality(ctx context.Context, actor access.Actor, userID uuid.UUID, from, to *time.Time) (Quality, error) {
	if from != nil && to != nil && to.Before(*from) {
		return Quality{}, apperr.InvalidField("query:to", "before_from", "The period must not end before it begins: send a to that is not before from.")
	}
	q := db.New(s.db)
	agent, err := q.CommentQualityAgent(ctx, db.CommentQualityAgentParams{ID: userID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID()})
	if err != nil {
		return Quality{}, fmt.Errorf("reading an agent: %w", dbx.OrMissing(err, "user", userID))
	}
	if agent.Kind != db.PrincipalKindAgent {
		return Quality{}, apperr.New(apperr.Conflict, "This user is a person; only what agents say is judged.")
	}
	rows, err := q.CommentQuality(ctx, db.CommentQualityParams{
		AuthorID: userID, SeesAll: actor.SeesAll(), ViewerID: actor.ViewerID(), From: from, To: to,
	})
	if err != nil {
		return Quality{}, fmt.Errorf("counting judgements: %w", err)
	}
	found := qualityOf(rows)
	found.UserID, found.From, found.To, found.GeneratedAt = userID, from, to, s.now().UTC()
	return found, nil
}

// qualityOf adds the counts up.
func qualityOf(rows []db.CommentQualityRow) Quality {
	var found Quality
	models, kinds := map[[2]string]Verdicts{}, map[db.CommentKind]Verdicts{}
	for _, row := range rows {
		found.Comments, found.JudgedComments = row.Comments, row.JudgedComments
		if row.Verdict == nil {
			continue
		}
		model := [2]string{row.Provider, row.Model}
		found.Verdicts = found.Verdicts.plus(*row.Verdict, row.Judgements)
		models[model] = models[model].plus(*row.Verdict, row.Judgements)
		kinds[row.Kind] = kinds[row.Kind].plus(*row.Verdict, row.Judgements)
	}
	for key, verdicts := range models {
		found.ByModel = append(found.ByModel, ModelQuality{Provider: key[0], Model: key[1], Verdicts: verdicts})
	}
	slices.SortFunc(found.ByModel, func(a, b ModelQuality) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Model, b.Model))
	})
	for _, kind := range db.AllCommentKindValues() {
		if verdicts, ok := kinds[kind]; ok {
			found.ByKind = append(found.ByKind, KindQuality{Kind: kind, Verdicts: verdicts})
		}
	}
	found.Calibration = calibrationOf(rows)
	return found
}

const bucketCount = 10

func calibrationOf(rows []db.CommentQualityRow) Calibration {
	var judgements, accepted [bucketCount]int64
	var confidence [bucketCount]float64
	var all, allAccepted int64
	var allConfidence, squaredError float64
	for _, row := range rows {
		if row.Verdict == nil || row.Bucket == 0 {
			continue
		}
		i := row.Bucket - 1
		judgements[i] += row.Judgements
		confidence[i] += row.Confidence
		all += row.Judgements
		allConfidence += row.Confidence
		squaredError += row.SquaredError
		if *row.Verdict == db.FeedbackVerdictAccepted {
			accepted[i] += row.Judgements
			allAccepted += row.Judgements
		}
	}
	found := Calibration{
		Judgements: all, MeanConfidence: ratio(allConfidence, all), AcceptanceRate: ratio(float64(allAccepted), all),
		BrierScore: ratio(squaredError, all),
	}
	var distance float64
	for i := range bucketCount {
		found.Buckets = append(found.Buckets, Bucket{
			From: float64(i) / bucketCount, To: float64(i+1) / bucketCount,
			Judgements: judgements[i], MeanConfidence: ratio(confidence[i], judgements[i]),
			AcceptanceRate: ratio(float64(accepted[i]), judgements[i]),
		})
		// Times its weight, the distance between the means is that between the sums.
		distance += math.Abs(confidence[i] - float64(accepted[i]))
	}
	found.ExpectedCalibrationError = ratio(distance, all)
	return found
}

// ratio is a part of a count; nil where there is nothing to divide by. Sums of
// binary fractions are rounded to where only their errors are.
func ratio(part float64, count int64) *float64 {
	if count == 0 {
		return nil
	}
	const precision = 1e9
	return new(math.Round(part/float64(count)*precision) / precision)
}
