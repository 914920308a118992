package localpg

// SearchOnly returns options that look for programs in the given path, and for
// binaries in the given patterns, instead of on the whole machine.
func (o Options) SearchOnly(path string, globs ...string) Options {
	o.search = &search{path: path, globs: globs}

	return o
}

// Download returns options with another package to download.
func (o Options) Download(name, version, integrity string, major int) Options {
	o.AllowDownload = true
	o.download = &npmPackage{name: name, version: version, integrity: integrity, major: major}

	return o
}

// CompareVersions orders versions.
func CompareVersions(a, b string) int { return compareVersions(a, b) }

// ParseVersion reads the answer of postgres --version.
func ParseVersion(output string) (version string, major int, err error) { return parseVersion(output) }
