package apperr

// HalfReference returns what is wrong with a reference to another system of
// which one half is missing: the fields external_source and external_id, of
// which a record has both or neither.
func HalfReference(source, id *string) []Field {
	switch {
	case source != nil && id == nil:
		return []Field{{Pointer: "/external_id", Code: "required", Detail: "Send external_id along with external_source, or neither."}}
	case source == nil && id != nil:
		return []Field{{Pointer: "/external_source", Code: "required", Detail: "Send external_source along with external_id, or neither."}}
	default:
		return nil
	}
}
