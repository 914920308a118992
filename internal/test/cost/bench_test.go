package cost_test

import (
	"testing"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// BenchmarkRequest is a whole request over TCP, with the database and all that
// the server does around it; the caller allocates nothing. To see where:
//
//	go test ./internal/test/cost -bench Request/getTask -benchtime 2000x -memprofile mem.out -memprofilerate 1
func BenchmarkRequest(b *testing.B) {
	operations, caller := serve(b, dbtest.URL(b))
	for _, o := range operations {
		requests := caller.requests(o)
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				caller.do(requests[i%len(requests)], o.status)
			}
		})
	}
}
