package httpapi

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/ratelimit"
)

func TestEveryOperationIsCountedInABucket(t *testing.T) {
	t.Parallel()
	operations, err := loadContract(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := operations.checkBuckets(); err != nil {
		t.Error(err)
	}
	found := map[ratelimit.Bucket][]string{}
	for id, o := range operations {
		found[o.bucket] = append(found[o.bucket], id)
		_, isSpecial := specialBuckets[id]
		changes := o.route.Method != http.MethodGet
		switch o.bucket {
		case ratelimit.SignIn:
			if !o.permission.Anonymous || !changes {
				t.Errorf("%s is counted as a sign-in", id)
			}
		case ratelimit.Write:
			if !changes || o.permission.Anonymous && !isSpecial {
				t.Errorf("%s is counted as a change", id)
			}
		case ratelimit.Read:
			if changes || o.query["q"] != nil {
				t.Errorf("%s is counted as a read", id)
			}
		case ratelimit.Search:
			if changes {
				t.Errorf("%s is counted as a search", id)
			}
		case unlimited:
			if !isSpecial {
				t.Errorf("%s is not limited", id)
			}
		case ratelimit.Address:
			t.Errorf("%s is counted by its address", id)
		}
	}
	for bucket, ids := range found {
		slices.Sort(ids)
		t.Logf("%q: %d operations", bucket, len(ids))
	}
	if diff := cmp.Diff([]string{"health", "livez", "readyz"}, found[unlimited]); diff != "" {
		t.Errorf("not limited (-want +got):\n%s", diff)
	}
	for id, want := range map[string]ratelimit.Bucket{
		"login": ratelimit.SignIn, "registerUser": ratelimit.SignIn, "refreshSession": ratelimit.Write, "logout": ratelimit.Write,
		"searchTasks": ratelimit.Search, "searchClients": ratelimit.Search, "listTasks": ratelimit.Search, "exportTasks": ratelimit.Search,
		"getOverview": ratelimit.Search, "getProjectStatistics": ratelimit.Search, "importTasks": ratelimit.Write,
		"getTask": ratelimit.Read, "healthDetailed": ratelimit.Read, "bulkTasks": ratelimit.Write,
	} {
		if got := operations[id].bucket; got != want {
			t.Errorf("%s is counted in %q, want %q", id, got, want)
		}
	}
}

func TestBucketOfNoOperationIsAMistake(t *testing.T) {
	t.Parallel()
	if err := (contract{}).checkBuckets(); err == nil {
		t.Error("buckets of operations that are not there are no mistake")
	}
}
