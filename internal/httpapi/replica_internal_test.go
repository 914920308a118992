package httpapi

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Lists, searches, exports and statistics may be a replica's; what changes
// something, reads one record or decides over credentials is the primary's.
func TestWhatAReplicaAnswers(t *testing.T) {
	t.Parallel()
	operations, err := loadContract(nil)
	if err != nil {
		t.Fatal(err)
	}
	for id := range maps.Keys(fromPrimary) {
		if operations[id] == nil {
			t.Errorf("%s is no operation", id)
		}
	}
	for _, id := range []string{
		"listTasks", "searchTasks", "exportTasks", "getTaskHistory", "getOverview", "getProjectStatistics", "getUserWorkload", "getAgentQuality", "listTaskComments",
	} {
		if !operations[id].readsMany {
			t.Errorf("%s is not read from a replica", id)
		}
	}
	for _, id := range slices.Concat(slices.Collect(maps.Keys(fromPrimary)), []string{
		"getTask", "getCurrentUser", "getTaskReadiness", "getTimer", "health", "getJWKS", "createTask", "bulkTasks", "importTasks",
	}) {
		if operations[id].readsMany {
			t.Errorf("%s is read from a replica", id)
		}
	}
	for id, o := range operations {
		if o.readsMany && !strings.EqualFold(o.route.Method, "GET") {
			t.Errorf("%s is read from a replica, and is no GET", id)
		}
	}
}
