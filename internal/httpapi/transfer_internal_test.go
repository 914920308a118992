package httpapi

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilesHaveTheColumnsOfTheirRecords(t *testing.T) {
	t.Parallel()
	files, err := loadRecordFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []recordFile{files.clients, files.projects, files.tasks, files.timeEntries} {
		var columns []string
		for _, column := range file.columns {
			columns = append(columns, column.Name)
		}
		slices.Sort(columns)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(file.schema.Properties)), columns); diff != "" {
			t.Errorf("%s (-contract +file):\n%s", file.name, diff)
		}
	}
}
