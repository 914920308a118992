package freeport_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/freeport"
)

func TestFind(t *testing.T) {
	t.Parallel()

	port, err := freeport.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatalf("the port that was free is not: %v", err)
	}
	defer listener.Close()

	if port < 12_000 || port >= 32_000 {
		t.Errorf("port %d can be given to an outgoing connection", port)
	}
}
