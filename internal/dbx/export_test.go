package dbx

// The constraints whose breaking has a meaning for the caller.
func ConstraintNames() []string {
	var names []string
	for name := range constraints {
		names = append(names, name)
	}
	return names
}
