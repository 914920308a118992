package comment

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/apperr"
)

// AI is how an agent came to say something.
type AI struct {
	Provider      string
	Model         string
	PromptVersion *string
	RunID         *string
	// Confidence is how probable the agent holds it that people accept this, 0 to 1.
	Confidence *float64
	Sources    []Source
}

// Source is what an agent has drawn on.
type Source struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Assistance is what a person declares to have been helped by.
type Assistance struct {
	Provider string
	Model    string
}

// checkProvenance refuses a comment of an agent that does not say how it came
// about, and one of a person that pretends to be an agent's.
func checkProvenance(author db.AuthorKind, ai *AI, assisted *Assistance) error {
	var wrong []apperr.Field
	switch {
	case author == db.AuthorKindAgent && ai == nil:
		wrong = append(wrong, apperr.Field{Pointer: "/ai", Code: "required", Detail: "An agent says which provider and model its comment comes from."})
	case author != db.AuthorKindAgent && ai != nil:
		wrong = append(wrong, apperr.Field{Pointer: "/ai", Code: "not_allowed", Detail: "Only an agent's comment has ai. Declare help in assisted_by."})
	}
	if author != db.AuthorKindHuman && assisted != nil {
		wrong = append(wrong, apperr.Field{Pointer: "/assisted_by", Code: "not_allowed", Detail: "Only a person's comment has assisted_by."})
	}
	if len(wrong) == 0 {
		return nil
	}
	return apperr.Invalid(wrong...)
}

// setProvenance fills in the columns that say how a comment came about.
func setProvenance(row *db.Comment, ai *AI, assisted *Assistance) {
	row.AiProvider, row.AiModel, row.AiPromptVersion, row.AiRunID, row.AiConfidence, row.AiSources = nil, nil, nil, nil, nil, nil
	row.AssistedByProvider, row.AssistedByModel = nil, nil
	if ai != nil {
		sources, err := json.Marshal(append([]Source{}, ai.Sources...))
		if err != nil {
			panic(err) // Two strings each always encode.
		}
		row.AiProvider, row.AiModel, row.AiPromptVersion, row.AiRunID = &ai.Provider, &ai.Model, ai.PromptVersion, ai.RunID
		row.AiConfidence, row.AiSources = ai.Confidence, sources
	}
	if assisted != nil {
		row.AssistedByProvider, row.AssistedByModel = &assisted.Provider, &assisted.Model
	}
}

// ProvenanceOf are the columns of setProvenance as they were given.
func ProvenanceOf(row db.Comment) (ai *AI, assisted *Assistance) {
	if row.AiProvider != nil && row.AiModel != nil {
		ai = &AI{
			Provider: *row.AiProvider, Model: *row.AiModel, PromptVersion: row.AiPromptVersion, RunID: row.AiRunID,
			Confidence: row.AiConfidence, Sources: []Source{},
		}
		if len(row.AiSources) > 0 {
			if err := json.Unmarshal(row.AiSources, &ai.Sources); err != nil {
				panic(err) // The column holds what setProvenance has encoded.
			}
		}
	}
	if row.AssistedByProvider != nil && row.AssistedByModel != nil {
		assisted = &Assistance{Provider: *row.AssistedByProvider, Model: *row.AssistedByModel}
	}
	return ai, assisted
}

// namedAddress is @ before an e-mail address, at the start or after what
// belongs to no address. A full stop after it ends the sentence.
var namedAddress = regexp.MustCompile(`(?:^|[^\p{L}\p{N}@._%+-])@([\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)`)

// namedIn returns the e-mail addresses that a body mentions as @ana@agency.example,
// each once, in the order of the text and in lower case.
func namedIn(body string) []string {
	emails := []string{}
	for _, m := range namedAddress.FindAllStringSubmatch(body, -1) {
		if email := strings.ToLower(m[1]); !slices.Contains(emails, email) {
			emails = append(emails, email)
		}
	}
	return emails
}

// checkAuthor lets authors alone change their words.
func checkAuthor(actor access.Actor, row db.Comment) error {
	if isAuthor(actor, row) {
		return nil
	}
	return apperr.New(apperr.Forbidden, "Only its author can change a comment. Reply to it instead.")
}

func isAuthor(actor access.Actor, row db.Comment) bool {
	return row.AuthorID != nil && *row.AuthorID == actor.ID
}

// moderates tells whether the actor may delete what others have said: about a
// project and its tasks an administrator and who manages it, about a client
// any manager.
func moderates(actor access.Actor, about target) bool {
	if about.projectID == nil {
		return actor.Role.AtLeast(access.RoleManager)
	}
	return actor.CanManage(access.Project{ManagerID: about.managerID})
}

func checkDelete(actor access.Actor, about target, row db.Comment) error {
	if isAuthor(actor, row) || moderates(actor, about) {
		return nil
	}
	return apperr.New(apperr.Forbidden, "Only its author, the project's manager and administrators can delete a comment; those about a client, any manager.")
}

// checkRestore lets who moderates restore everything, and authors what they
// have deleted themselves: else they could undo what a moderator did.
func checkRestore(actor access.Actor, about target, row db.Comment) error {
	if moderates(actor, about) || isAuthor(actor, row) && row.DeletedBy != nil && *row.DeletedBy == actor.ID {
		return nil
	}
	return apperr.New(apperr.Forbidden, "Only who could delete the comment can restore it; its author, if nobody else has deleted it.")
}

// checkFeedback refuses a correction that is missing or that contradicts the verdict.
func checkFeedback(verdict db.FeedbackVerdict, correction *string) error {
	switch {
	case verdict == db.FeedbackVerdictEdited && correction == nil:
		return apperr.InvalidField("/correction", "required", "Say what the comment should have said.")
	case verdict == db.FeedbackVerdictAccepted && correction != nil:
		return apperr.InvalidField("/correction", "not_allowed", "What is accepted needs no correction. Send the verdict edited with it.")
	default:
		return nil
	}
}

// sortedIDs returns the ids in order, each once, and never nil.
func sortedIDs(ids ...uuid.UUID) []uuid.UUID {
	sorted := append([]uuid.UUID{}, ids...)
	slices.SortFunc(sorted, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(sorted)
}
