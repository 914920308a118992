package dbx

import "github.com/aicoordination/coordinator/internal/page"

// skipping makes of a list's selection the statement of a page by its number
// that is not the first. PostgreSQL computes what is selected for the rows that
// OFFSET skips as well, subqueries and all; here the skipping is done with ids
// alone, and what is selected is computed for the page. Both parts are one
// statement, so that they see one state of the database. The conditions stay
// with the selection: whatever an id means to the list, it gets no other rows.
func skipping(selection, withKeys, id, limit string, order []page.Term) string {
	ids := "SELECT " + id + selection[outermostFrom(selection):] + "\nORDER BY " + orderBy(order) + "\n" + limit
	return withKeys + "\n  AND " + id + " = ANY(ARRAY(\n" + ids + "))\nORDER BY " + orderBy(order)
}
