// Package client is the Go SDK of Coordinator, through which people and AI agents coordinate client work.
//
// A [Client] has a field for each part of the API, and a method for each operation:
//
//	c, err := client.New("http://127.0.0.1:8080", client.WithAPIKey(key))
//	page, err := c.Tasks.List(ctx, client.TaskListParams{Status: []api.TaskStatus{api.TaskStatusTodo}})
//
// [SignIn] makes one that acts as a person, in a session that it keeps alive.
//
// # Parameters and bodies
//
// What is in the path comes first, then the body, then the parameters of the query, as a struct of which
// nothing is sent that has its zero value; true, false and neither are told apart by a pointer, which
// new(true) makes. Bodies are types of the package [api]. A field of one that can be null is set with
// [Value], cleared with [Null], and kept as it is when it is left out:
//
//	api.TaskUpdate{Title: new("Draft"), DueDate: client.Null[api.Date]()}
//
// # Pages, files and streams
//
// Beside each method that lists something there is one that walks through all of it, page after page, as
// it is read, such as [Tasks.All] beside [Tasks.List]. Exports are a [Download], which is read as it
// arrives, by lines if it has them. [Events.Stream] yields what happens as it happens, across lost
// connections.
//
// # Errors
//
// What the service refuses is an [*Error], with a Code for programs and a Detail for people; what got no
// answer, or only a part of one, is a [*ConnectionError]. [HasCode] tells one code from all others.
// Enumerations are strings, and new values may be added to them: handle the ones you do not know.
//
// # Sending again
//
// A call that fails for a reason that passes (a status of 408, 429 or 5xx, a lost connection, an answer
// that is cut short) is sent again, after a random pause that grows, or the one that the service asks for.
// A POST carries an Idempotency-Key that it keeps, so that it is done once. With [IfMatch] a change
// applies to the version that was read and to no other.
package client
