package localpg

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// binDirError explains why the one directory that was asked for does not serve.
func (f *finder) binDirError(dir string) error {
	reason := strings.Join(f.rejected, "; ")

	if f.major != 0 {
		return fmt.Errorf("PG_BIN_DIR does not fit the data directory, which was written by PostgreSQL %d: %s; "+
			"point PG_BIN_DIR at the directory that holds initdb and postgres of PostgreSQL %d, or unset it",
			f.major, reason, f.major)
	}

	return fmt.Errorf("PG_BIN_DIR does not hold a PostgreSQL %d or later: %s; "+
		"point it at the directory that holds initdb and postgres, or unset it to search for them (looked at %s)",
		minMajor, reason, dir)
}

// notFoundError says what is missing and the one command that helps. cause is
// why a download failed, if one was tried.
func (f *finder) notFoundError(opts Options, cause error) error {
	var message strings.Builder

	if f.major != 0 {
		fmt.Fprintf(&message, "the data in %s was written by PostgreSQL %d, and no PostgreSQL %d was found",
			clusterDir(opts.DataDir, f.major), f.major, f.major)
	} else {
		fmt.Fprintf(&message, "no PostgreSQL %d or later was found on this machine", minMajor)
	}

	if len(f.rejected) > 0 {
		fmt.Fprintf(&message, " (%s)", strings.Join(f.rejected, "; "))
	}

	fmt.Fprintf(&message, "; run \"%s\"", installCommand(opts.search, f.major))

	if f.major != 0 {
		message.WriteString(", set PG_BIN_DIR to where it is, start on another directory with COORDINATOR_DATA_DIR")
	} else {
		message.WriteString(", set PG_BIN_DIR to where it is")
	}

	message.WriteString(", or set DATABASE_URL to a database you have")

	if cause != nil {
		return fmt.Errorf("%s; downloading it failed: %w", message.String(), cause)
	}

	return fmt.Errorf("%s", message.String())
}

// installCommand is the command that installs PostgreSQL with the package
// manager at hand, in the given major version unless that is 0.
func installCommand(s *search, major int) string {
	if runtime.GOOS == "darwin" {
		if major == 0 {
			major = 17
		}

		return fmt.Sprintf("brew install postgresql@%d", major)
	}

	sudo := "sudo "
	if os.Geteuid() == 0 {
		sudo = ""
	}

	suffix := func(separator string) string {
		if major == 0 {
			return ""
		}

		return fmt.Sprintf("%s%d", separator, major)
	}

	switch {
	case s.lookUp("apt-get") != "":
		return sudo + "apt-get install postgresql" + suffix("-")
	case s.lookUp("dnf") != "":
		return sudo + "dnf install postgresql" + suffix("") + "-server"
	case s.lookUp("yum") != "":
		return sudo + "yum install postgresql" + suffix("") + "-server"
	case s.lookUp("apk") != "":
		return sudo + "apk add postgresql" + suffix("")
	case s.lookUp("zypper") != "":
		return sudo + "zypper install postgresql" + suffix("") + "-server"
	case s.lookUp("pacman") != "":
		return sudo + "pacman -S postgresql"
	default:
		return sudo + "apt-get install postgresql" + suffix("-")
	}
}
