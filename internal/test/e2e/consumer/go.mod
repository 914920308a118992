// A program of somebody who uses the SDK and nothing else of this repository.
module coordinator.example/consumer

go 1.26.0

require (
	github.com/aicoordination/coordinator/gen/api v0.2.0
	github.com/aicoordination/coordinator/gen/client v0.2.0
)

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1 // indirect
)

replace (
	github.com/aicoordination/coordinator/gen/api => ../../../../gen/api
	github.com/aicoordination/coordinator/gen/client => ../../../../gen/client
)
