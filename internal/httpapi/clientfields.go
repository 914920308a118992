package httpapi

import (
	"encoding/json"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/client"
)

func fromClientCreate(body *api.ClientCreate) client.CreateParams {
	minor, currency := fromMoney(body.AnnualValue)
	return client.CreateParams{
		Name: body.Name, LegalName: fromNullable(body.LegalName), Email: fromNullable(body.Email), Phone: fromNullable(body.Phone),
		Website: fromNullable(body.Website), Address: fromNullable(body.Address),
		Industry: fromNullable(body.Industry), Segment: fromNullable(body.Segment),
		Status: db.ClientStatus(valueOr(body.Status, api.ClientStatusLead)), OwnerID: fromNullable(body.OwnerID),
		AnnualValueMinor: minor, AnnualValueCurrency: currency, PaymentTerms: fromNullable(body.PaymentTerms),
		Tags: body.Tags, Notes: fromNullable(body.Notes),
		CustomFields: fromMap(body.CustomFields), ExternalReferences: fromMap(body.ExternalReferences),
		ExternalSource: fromNullable(body.ExternalSource), ExternalID: fromNullable(body.ExternalID),
	}
}

// fromClientReplace names every field: one that was left out gets its default.
func fromClientReplace(body *api.ClientReplace) db.ClientUpdateParams {
	minor, currency := fromMoney(body.AnnualValue)
	return db.ClientUpdateParams{
		Name: &body.Name, Tags: listOr(body.Tags, []string{}),
		LegalNameDoUpdate: true, LegalName: fromNullable(body.LegalName),
		EmailDoUpdate: true, Email: fromNullable(body.Email),
		PhoneDoUpdate: true, Phone: fromNullable(body.Phone),
		WebsiteDoUpdate: true, Website: fromNullable(body.Website),
		AddressDoUpdate: true, Address: fromNullable(body.Address),
		IndustryDoUpdate: true, Industry: fromNullable(body.Industry),
		SegmentDoUpdate: true, Segment: fromNullable(body.Segment),
		OwnerIDDoUpdate: true, OwnerID: fromNullable(body.OwnerID),
		AnnualValueDoUpdate: true, AnnualValueMinor: minor, AnnualValueCurrency: currency,
		PaymentTermsDoUpdate: true, PaymentTerms: fromNullable(body.PaymentTerms),
		NotesDoUpdate: true, Notes: fromNullable(body.Notes),
		CustomFieldsDoReplace: true, CustomFields: fromMap(body.CustomFields),
		ExternalReferencesDoReplace: true, ExternalReferences: fromMap(body.ExternalReferences),
		ExternalSourceDoUpdate: true, ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: true, ExternalID: fromNullable(body.ExternalID),
	}
}

func fromClientUpdate(body *api.ClientUpdate) db.ClientUpdateParams {
	minor, currency := fromMoney(body.AnnualValue)
	fields, removedFields := fromMapPatch(body.CustomFields, func(value json.RawMessage) bool { return string(value) == "null" })
	references, removedReferences := fromMapPatch(body.ExternalReferences, func(value *string) bool { return value == nil })
	return db.ClientUpdateParams{
		Name: body.Name, Tags: body.Tags,
		LegalNameDoUpdate: body.LegalName.IsSpecified(), LegalName: fromNullable(body.LegalName),
		EmailDoUpdate: body.Email.IsSpecified(), Email: fromNullable(body.Email),
		PhoneDoUpdate: body.Phone.IsSpecified(), Phone: fromNullable(body.Phone),
		WebsiteDoUpdate: body.Website.IsSpecified(), Website: fromNullable(body.Website),
		AddressDoUpdate: body.Address.IsSpecified(), Address: fromNullable(body.Address),
		IndustryDoUpdate: body.Industry.IsSpecified(), Industry: fromNullable(body.Industry),
		SegmentDoUpdate: body.Segment.IsSpecified(), Segment: fromNullable(body.Segment),
		OwnerIDDoUpdate: body.OwnerID.IsSpecified(), OwnerID: fromNullable(body.OwnerID),
		AnnualValueDoUpdate: body.AnnualValue.IsSpecified(), AnnualValueMinor: minor, AnnualValueCurrency: currency,
		PaymentTermsDoUpdate: body.PaymentTerms.IsSpecified(), PaymentTerms: fromNullable(body.PaymentTerms),
		NotesDoUpdate: body.Notes.IsSpecified(), Notes: fromNullable(body.Notes),
		CustomFieldsDoReplace: body.CustomFields.IsNull(), CustomFields: fields, CustomFieldsRemoved: removedFields,
		ExternalReferencesDoReplace: body.ExternalReferences.IsNull(), ExternalReferences: references, ExternalReferencesRemoved: removedReferences,
		ExternalSourceDoUpdate: body.ExternalSource.IsSpecified(), ExternalSource: fromNullable(body.ExternalSource),
		ExternalIDDoUpdate: body.ExternalID.IsSpecified(), ExternalID: fromNullable(body.ExternalID),
	}
}

// fromMap is an object for a jsonb column, nil for none.
func fromMap[M ~map[string]V, V any](object *M) json.RawMessage {
	if object == nil {
		return nil
	}
	return encoded(*object)
}

// fromMapPatch takes a merge patch of an object apart into what it sets and
// the names that it removes.
func fromMapPatch[M ~map[string]V, V any](patch api.Nullable[M], isNull func(V) bool) (set json.RawMessage, removed []string) {
	values := map[string]V{}
	for name, value := range valueOr(fromNullable(patch), nil) {
		if isNull(value) {
			removed = append(removed, name)
		} else {
			values[name] = value
		}
	}
	return encoded(values), removed
}

// encoded writes what was read from JSON as JSON again, which cannot fail.
func encoded(object any) json.RawMessage {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return text
}

// toMap is a jsonb column whose object has values of one type.
func toMap[V any](column json.RawMessage) map[string]V {
	object := map[string]V{}
	if err := json.Unmarshal(column, &object); err != nil {
		panic(err)
	}
	return object
}

func toClient(row db.Client) api.Client {
	return api.Client{
		ID: row.ID, Name: row.Name, LegalName: toNullable(row.LegalName),
		Email: toNullable(row.Email), Phone: toNullable(row.Phone),
		Website: toNullable(row.Website), Address: toNullable(row.Address),
		Industry: toNullable(row.Industry), Segment: toNullable(row.Segment),
		Status: api.ClientStatus(row.Status), StatusReason: toNullable(row.StatusReason), OwnerID: toNullable(row.OwnerID),
		AnnualValue: toMoney(row.AnnualValueMinor, row.AnnualValueCurrency), PaymentTerms: toNullable(row.PaymentTerms),
		Tags: row.Tags, Notes: toNullable(row.Notes),
		CustomFields: toMap[json.RawMessage](row.CustomFields), ExternalReferences: toMap[string](row.ExternalReferences),
		ExternalSource: toNullable(row.ExternalSource), ExternalID: toNullable(row.ExternalID),
		Version: row.Version, CreatedAt: row.CreatedAt, CreatedBy: toNullable(row.CreatedBy),
		UpdatedAt: row.UpdatedAt, UpdatedBy: toNullable(row.UpdatedBy),
		DeletedAt: toNullable(row.DeletedAt), DeletedBy: toNullable(row.DeletedBy),
		Included: api.NewNullNullable[api.ClientIncluded](),
	}
}

// toClientWith is a client with the related records that were asked for.
func toClientWith(row db.Client, related client.Related) api.Client {
	converted := toClient(row)
	if related.Projects == nil && related.Contacts == nil {
		return converted
	}
	included := api.ClientIncluded{
		Projects: api.NewNullNullable[[]api.Project](),
		Contacts: api.NewNullNullable[[]api.ClientContact](),
	}
	if related.Projects != nil {
		included.Projects.Set(convertAll(related.Projects[row.ID], toProject))
	}
	if related.Contacts != nil {
		included.Contacts.Set(convertAll(related.Contacts[row.ID], toClientContact))
	}
	converted.Included.Set(included)
	return converted
}
