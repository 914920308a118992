package samples_test

// notRun lists every block that is not run, with the reason. An entry that
// matches no block fails.
func notRun() []unrun {
	return []unrun{
		{selection{page: startingPage, text: "make run"}, "It goes on, and is what `make newcomer` times."},
		{selection{page: "authentication.md", text: "second-factor/confirm"}, "It takes the code of an authenticator."},
		{selection{page: "sdks.md", text: "npm install"}, "The package is not published; `make newcomer` installs it from the clone."},
		{selection{page: "sdks.md", text: "go get"}, "The module is not published; the samples are compiled with the clone's."},
		{selection{page: "upgrading.md", text: "Sunset: "}, "No operation is deprecated now; internal/httpapi tests the headers on one that is."},
		{selection{page: "deploy/README.md", text: "dpkg -i"}, "It takes a Debian system with systemd; `make deb-test` does it."},
		{selection{page: "deploy/README.md", text: "docker compose"}, "It takes Docker; internal/test/deploy reads the file."},
	}
}

// goingOn lists every block that goes on until the reader ends it, with what is
// on the screen by then.
func goingOn() []endless {
	return []endless{
		{selection: selection{page: "events.md", text: "curl -sN"}, until: "\n\nevent: comment.created"},
		{selection: selection{page: "webhooks.md", text: "http.HandleFunc"}, ready: "listening", meanwhile: "/test", until: "webhook.test"},
		{selection: selection{page: "webhooks.md", text: "createServer("}, ready: "listening", meanwhile: "/test", until: "webhook.test"},
	}
}
