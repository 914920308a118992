package redisurl_test

import (
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/redisurl"
)

func TestAddressIsReadInEachOfItsForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]redisurl.Address{
		"redis://redis":                                 {Network: "tcp", Host: "redis:6379"},
		"redis://":                                      {Network: "tcp", Host: "localhost:6379"},
		"redis://[::1]:6380/2":                          {Network: "tcp", Host: "[::1]:6380", Database: 2},
		"redis://:p%40ss@r:1/":                          {Network: "tcp", Host: "r:1", Password: "p@ss"},
		"rediss://ana:word@r:6380":                      {Network: "tcp", Host: "r:6380", ServerName: "r", Username: "ana", Password: "word"},
		"redis://r?db=3&client_name=coordinator":        {Network: "tcp", Host: "r:6379", Database: 3, ClientName: "coordinator"},
		"unix://:word@/run/redis/redis.sock?db=1":       {Network: "unix", Host: "/run/redis/redis.sock", Password: "word", Database: 1},
		"rediss://r.example/15?client_name=a%20service": {Network: "tcp", Host: "r.example:6379", ServerName: "r.example", Database: 15, ClientName: "a service"},
	} {
		if got, err := redisurl.Parse(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestWhatIsNoAddressIsRefusedAndNotQuoted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"hunter2", "", "http://:hunter2@redis", "redis:hunter2", "redis://:hun/hunter2@redis:6379", "redis://:%zzhunter2@redis", "redis://redis/hunter2",
		"redis://redis/-1", "redis://redis?db=hunter2", "redis://redis?hunter2=1", "redis://redis?a=%zzhunter2", "unix://",
	} {
		if got, err := redisurl.Parse(text); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}
