// Package localpg runs the private PostgreSQL of a machine that was given no
// DATABASE_URL: a real server on one data directory, reached through a unix
// socket that only this account can open.
//
// The package owns finding the binaries (or fetching them once), the data
// directory, starting, watching and stopping the server, and the guard that
// keeps a second instance off the same directory. It does not own the schema,
// the connection pool or any decision to use a private server in the first
// place; those belong to its callers.
//
// # On disk
//
//	<DataDir>/coordinator.lock            held by the instance that runs; holds its pid
//	<DataDir>/postgresql/<major>/         the cluster, one for each major version
//	<DataDir>/postgresql/<major>.log      what PostgreSQL wrote
//	<DataDir>/postgresql/socket/          the unix socket, mode 0700
//	<CacheDir>/postgresql-<version>-…/    downloaded binaries
//
// # Crashes
//
// Committed rows survive kill -9 of the server and of the process that started
// it: fsync stays on and PostgreSQL replays its log at the next start. On Linux
// the kernel sends the server a fast shutdown as soon as its parent is gone.
// Elsewhere the next Start finds the orphan, stops it and takes over.
package localpg
