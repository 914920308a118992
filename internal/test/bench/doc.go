// Package bench measures how close the service comes to PostgreSQL: it runs
// the statements that an operation sends alone, by pgbench, and the operation
// itself, by wrk against the built binary, in turns on the same database.
//
// Its pieces serve other measurements as well: [Postgres] is a private server
// on the loopback interface, [Dataset] a deterministic database of a given size
// that is kept between runs, [Service] the running binary, [Accounting] who had
// the processors, [Pgbench] and [Wrk] the two generators of load, [Sampler]
// what the service sends for a request. [Run] puts them together.
//
// What it reads of processes is Linux's. It is started by `make bench`.
package bench
