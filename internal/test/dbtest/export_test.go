package dbtest

import "io/fs"

// TemplateName returns the name of the template for the migrations.
func TemplateName(migrations fs.FS) (string, error) { return templateName(migrations) }
