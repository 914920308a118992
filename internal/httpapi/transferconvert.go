package httpapi

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/importer"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/timeentry"
	"github.com/aicoordination/coordinator/internal/transfer"
)

func toClientRecord(row db.ClientExportRow) api.ClientRecord {
	c := row.Client
	ref := importer.Of(c.ID, c.ExternalSource, c.ExternalID)
	return api.ClientRecord{
		Source: ref.Source, ExternalID: ref.ID, Name: &c.Name, LegalName: toNullable(c.LegalName),
		Status: new(api.ClientStatus(c.Status)), StatusReason: toNullable(c.StatusReason),
		Email: toNullable(c.Email), Phone: toNullable(c.Phone), Website: toNullable(c.Website), Address: toNullable(c.Address),
		Industry: toNullable(c.Industry), Segment: toNullable(c.Segment), Owner: toNullableText(row.Owner),
		AnnualValueAmountMinor: toNullable(c.AnnualValueMinor), AnnualValueCurrency: toNullable(c.AnnualValueCurrency),
		PaymentTerms: toNullable(c.PaymentTerms), Tags: c.Tags, Notes: toNullable(c.Notes),
		CustomFields:       new(toMap[json.RawMessage](c.CustomFields)),
		ExternalReferences: new(api.ExternalReferences(toMap[string](c.ExternalReferences))),
	}
}

func fromClientRecord(record api.ClientRecord) client.Record {
	return client.Record{
		Ref:   transfer.Ref{Source: record.Source, ID: record.ExternalID},
		Owner: fromNullable(record.Owner),
		Client: db.Client{
			Name: valueOr(record.Name, ""), LegalName: fromNullable(record.LegalName),
			Status: db.ClientStatus(valueOr(record.Status, "")), StatusReason: fromNullable(record.StatusReason),
			Email: fromNullable(record.Email), Phone: fromNullable(record.Phone), Website: fromNullable(record.Website),
			Address: fromNullable(record.Address), Industry: fromNullable(record.Industry), Segment: fromNullable(record.Segment),
			AnnualValueMinor: fromNullable(record.AnnualValueAmountMinor), AnnualValueCurrency: fromNullable(record.AnnualValueCurrency),
			PaymentTerms: fromNullable(record.PaymentTerms), Tags: record.Tags, Notes: fromNullable(record.Notes),
			CustomFields: toObject(record.CustomFields), ExternalReferences: toObject(record.ExternalReferences),
		},
	}
}

func toProjectRecord(row db.ProjectExportRow) api.ProjectRecord {
	p := row.Project
	ref := importer.Of(p.ID, p.ExternalSource, p.ExternalID)
	return api.ProjectRecord{
		Source: ref.Source, ExternalID: ref.ID, Name: &p.Name,
		ClientSource: toNullableText(row.ClientSource), ClientExternalID: toNullableText(row.ClientExternalID),
		Manager: toNullableText(row.Manager), Description: toNullable(p.Description),
		Status: new(api.ProjectStatus(p.Status)), StatusReason: toNullable(p.StatusReason), Priority: new(api.Priority(p.Priority)),
		StartsOn: toNullableDate(p.StartsOn), EndsOn: toNullableDate(p.EndsOn), CompletedAt: toNullableUTC(p.CompletedAt),
		BillingKind: new(api.BillingKind(p.BillingKind)), BudgetAmountMinor: toNullable(p.BudgetMinor),
		HourlyRateAmountMinor: toNullable(p.HourlyRateMinor), Currency: toNullable(p.Currency),
		Tags: p.Tags, Team: row.Team,
	}
}

func fromProjectRecord(record api.ProjectRecord) project.Record {
	converted := project.Record{
		Ref:     transfer.Ref{Source: record.Source, ID: record.ExternalID},
		Client:  fromPair(fromNullable(record.ClientSource), fromNullable(record.ClientExternalID)),
		Manager: fromNullable(record.Manager),
		Project: db.Project{
			Name: valueOr(record.Name, ""), Description: fromNullable(record.Description),
			Status: db.ProjectStatus(valueOr(record.Status, "")), StatusReason: fromNullable(record.StatusReason),
			Priority: db.Priority(valueOr(record.Priority, "")),
			StartsOn: fromNullableDate(record.StartsOn), EndsOn: fromNullableDate(record.EndsOn), CompletedAt: fromNullable(record.CompletedAt),
			BillingKind: db.BillingKind(valueOr(record.BillingKind, "")), BudgetMinor: fromNullable(record.BudgetAmountMinor),
			HourlyRateMinor: fromNullable(record.HourlyRateAmountMinor), Currency: fromNullable(record.Currency),
			Tags: record.Tags,
		},
	}
	for _, member := range record.Team {
		// An address may have a colon, a role has none.
		if at := strings.LastIndexByte(member, ':'); at > 0 {
			converted.Team = append(converted.Team, project.RecordMember{Address: member[:at], Role: db.ProjectMemberRole(member[at+1:])})
		}
	}
	return converted
}

func toTaskRecord(row db.TaskExportRow) api.TaskRecord {
	t := row.Task
	ref := importer.Of(t.ID, t.ExternalSource, t.ExternalID)
	return api.TaskRecord{
		Source: ref.Source, ExternalID: ref.ID, ProjectSource: &row.ProjectSource, ProjectExternalID: &row.ProjectExternalID,
		ParentSource: toNullableText(row.ParentSource), ParentExternalID: toNullableText(row.ParentExternalID),
		Title: &t.Title, Description: toNullable(t.Description),
		Status: new(api.TaskStatus(t.Status)), StatusReason: toNullable(t.StatusReason), Priority: new(api.Priority(t.Priority)),
		Assignee: toNullableText(row.Assignee), EstimateMinutes: toNullable(t.EstimateMinutes), RemainingMinutes: toNullable(t.RemainingMinutes),
		Progress: new(int32(t.GivenProgress)), DueDate: toNullableDate(t.DueDate),
		StartedAt: toNullableUTC(t.StartedAt), CompletedAt: toNullableUTC(t.CompletedAt), Position: &t.Position,
		Tags: t.Tags, Prerequisites: row.Prerequisites,
	}
}

func fromTaskRecord(record api.TaskRecord) task.Record {
	converted := task.Record{
		Ref:      transfer.Ref{Source: record.Source, ID: record.ExternalID},
		Project:  fromPair(record.ProjectSource, record.ProjectExternalID),
		Parent:   fromPair(fromNullable(record.ParentSource), fromNullable(record.ParentExternalID)),
		Assignee: fromNullable(record.Assignee),
		Task: db.Task{
			Title: valueOr(record.Title, ""), Description: fromNullable(record.Description),
			Status: db.TaskStatus(valueOr(record.Status, "")), StatusReason: fromNullable(record.StatusReason),
			Priority: db.Priority(valueOr(record.Priority, "")), EstimateMinutes: fromNullable(record.EstimateMinutes),
			RemainingMinutes: fromNullable(record.RemainingMinutes), GivenProgress: int16(valueOr(record.Progress, 0)),
			DueDate: fromNullableDate(record.DueDate), StartedAt: fromNullable(record.StartedAt), CompletedAt: fromNullable(record.CompletedAt),
			Position: valueOr(record.Position, ""), Tags: record.Tags,
		},
	}
	for _, prerequisite := range record.Prerequisites {
		converted.Prerequisites = append(converted.Prerequisites, transfer.ParseRef(prerequisite))
	}
	return converted
}

// toTimeEntryRecord shows what an hour cost to those who see all.
func toTimeEntryRecord(row db.TimeEntryExportRow, withCost bool) api.TimeEntryRecord {
	e := row.TimeEntry
	if !withCost {
		e.CostRateMinor, e.CostRateCurrency = nil, nil
	}
	ref := importer.Of(e.ID, e.ExternalSource, e.ExternalID)
	return api.TimeEntryRecord{
		Source: ref.Source, ExternalID: ref.ID, TaskSource: &row.TaskSource, TaskExternalID: &row.TaskExternalID,
		User: toNullableText(row.Worker), SpentOn: new(api.DateOf(e.SpentOn)), Minutes: &e.Minutes,
		Note: toNullable(e.Note), Billable: &e.Billable,
		BillingRateAmountMinor: toNullable(e.BillingRateMinor), BillingRateCurrency: toNullable(e.BillingRateCurrency),
		CostRateAmountMinor: toNullable(e.CostRateMinor), CostRateCurrency: toNullable(e.CostRateCurrency),
	}
}

func fromTimeEntryRecord(record api.TimeEntryRecord) timeentry.Record {
	return timeentry.Record{
		Ref:  transfer.Ref{Source: record.Source, ID: record.ExternalID},
		Task: fromPair(record.TaskSource, record.TaskExternalID),
		User: fromNullable(record.User), Day: fromDate(record.SpentOn),
		TimeEntry: db.TimeEntry{
			Minutes: valueOr(record.Minutes, 0), Note: fromNullable(record.Note), Billable: valueOr(record.Billable, false),
			BillingRateMinor: fromNullable(record.BillingRateAmountMinor), BillingRateCurrency: fromNullable(record.BillingRateCurrency),
			CostRateMinor: fromNullable(record.CostRateAmountMinor), CostRateCurrency: fromNullable(record.CostRateCurrency),
		},
	}
}

// fromPair is the reference that two columns make, empty without either.
func fromPair(source, id *string) transfer.Ref {
	return transfer.Ref{Source: valueOr(source, ""), ID: valueOr(id, "")}
}

// toNullableText is a column of a join, which has no text where nothing was joined.
func toNullableText(value string) api.Nullable[string] {
	if value == "" {
		return api.NewNullNullable[string]()
	}
	return api.NewNullableWithValue(value)
}

func toNullableUTC(value *time.Time) api.Nullable[time.Time] {
	if value == nil {
		return api.NewNullNullable[time.Time]()
	}
	return api.NewNullableWithValue(value.UTC())
}

// toObject is a map as a jsonb column has it; nil where there is none.
func toObject[M any](object *M) json.RawMessage {
	if object == nil {
		return nil
	}
	encoded, err := json.Marshal(*object)
	if err != nil {
		panic(err)
	}
	return encoded
}
