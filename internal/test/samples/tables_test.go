package samples_test

// byNewcomer is why lines of README.md are not run here.
const byNewcomer = "`make newcomer` does it, and times it."

// notRun lists every block that is not run, with the reason. An entry that
// matches no block fails.
func notRun() []unrun {
	return []unrun{
		{selection{page: "guides/getting-started.md", text: "make run"}, byNewcomer},
		{selection{page: "README.md", text: "make run"}, byNewcomer},
		{selection{page: "README.md", text: "make sdk"}, byNewcomer},
		{selection{page: "README.md", text: "go mod init"}, byNewcomer},
		{selection{page: "README.md", text: "make test"}, "It runs this test."},
		{selection{page: "guides/authentication.md", text: "second-factor/confirm"}, "It takes the code of an authenticator."},
		{selection{page: "guides/sdks.md", text: "npm install"}, "It takes the published package; " + byNewcomer},
		{selection{page: "guides/sdks.md", text: "go get"}, "It takes the published module; " + byNewcomer},
		{selection{page: "guides/upgrading.md", text: "Sunset: "}, "No operation is deprecated now; internal/httpapi tests the headers of one that is."},
		{selection{page: "deploy/README.md", text: "dpkg -i"}, "It takes a Debian system with systemd; `make deb-test` does it."},
		{selection{page: "deploy/README.md", text: "docker compose"}, "It takes Docker; internal/test/deploy holds the file against the program."},
		{selection{page: "deploy/README.md", text: "CREATE ROLE"}, "It is for a PostgreSQL of one's own; internal/app tests the service with such a role."},
	}
}

// goingOn lists every block that goes on until the reader ends it, with what is
// on the screen by then.
func goingOn() []endless {
	return []endless{
		{selection: selection{page: "guides/events.md", text: "curl -sN"}, language: "sh", until: "\n\nevent: comment.created"},
		{selection: selection{page: "guides/webhooks.md", text: "http.HandleFunc"}, language: "go", ready: "listening", meanwhile: "/test", until: "webhook.test"},
		{selection: selection{page: "guides/webhooks.md", text: "createServer("}, language: "ts", ready: "listening", meanwhile: "/test", until: "webhook.test"},
	}
}
