package app

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// What is reserved puts off the collection of a small heap, and nothing does
// where somebody has said when to collect.
//
//nolint:paralleltest // It is about the memory of the whole process.
func TestReserve(t *testing.T) {
	goal := func() uint64 {
		runtime.GC()
		sample := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := goal()
	reserved := reserve()
	if after := goal(); after < before+smallHeap {
		t.Errorf("the heap may grow to %d bytes, and to %d without what is reserved", after, before)
	}
	runtime.KeepAlive(reserved)

	defer debug.SetGCPercent(debug.SetGCPercent(200))
	if reserve() != nil {
		t.Error("GOGC is not heeded")
	}
	debug.SetGCPercent(100)
	defer debug.SetMemoryLimit(math.MaxInt64)
	debug.SetMemoryLimit(1 << 30)
	if reserve() != nil {
		t.Error("GOMEMLIMIT is not heeded")
	}
}
