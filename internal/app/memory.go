package app

import (
	"math"
	"runtime/metrics"
)

// smallHeap is what a heap may grow by before it is worth being collected.
const smallHeap = 24 << 20

// reserve returns memory that nobody uses: what is never written to is none of
// the process's. Go's collector takes it for something that is alive, and lets
// the heap grow by as much more before it begins. What is alive of a service is
// little, so that it would otherwise be collected dozens of times a second, for a
// tenth of the processor's time. A heap that an import or an export has made
// large is collected nearly as ever: it would grow by several times its size
// with a higher GOGC, and with a limit (GOMEMLIMIT) in place of it nothing else
// would be done any more once the limit is near.
//
// Whoever has set one of these has decided otherwise, and gets nil.
func reserve() []byte {
	const ordinary = 100
	set := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(set)
	if set[0].Value.Uint64() != ordinary || set[1].Value.Uint64() != math.MaxInt64 {
		return nil
	}
	return make([]byte, smallHeap)
}
