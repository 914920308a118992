package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the operating-system user that PostgreSQL runs as. PostgreSQL
// refuses to run as root, so root hands it to somebody else; for everybody else
// it is the current user and drop is false.
type account struct {
	name string
	uid  uint32
	gid  uint32
	drop bool
}

// serverAccount returns the account for the cluster in dir. Root keeps a
// cluster with the ordinary user who already owns it, so that this user can go
// on with it afterwards; a new one goes to postgres, else to nobody.
func serverAccount(dir string) (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "this user", uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}

	info, err := os.Stat(dir) // which finds nothing under the name ""

	switch {
	case err == nil:
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
			return account{name: "user " + strconv.Itoa(int(stat.Uid)), uid: stat.Uid, gid: stat.Gid, drop: true}, nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return account{}, fmt.Errorf("reading the owner of %s: %w", dir, err)
	}

	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}

		uid, err := strconv.ParseInt(found.Uid, 10, 64)
		if err != nil {
			return account{}, fmt.Errorf("reading the id of user %s: %w", name, err)
		}

		gid, err := strconv.ParseInt(found.Gid, 10, 64)
		if err != nil {
			return account{}, fmt.Errorf("reading the group of user %s: %w", name, err)
		}

		// macOS knows nobody as -2, which is the same 32 bits.
		return account{name: "user " + name, uid: uint32(uid), gid: uint32(gid), drop: true}, nil
	}

	return account{}, errors.New("PostgreSQL does not run as root, and this machine has neither a user postgres " +
		"nor a user nobody to run it as; start as an ordinary user, or set DATABASE_URL")
}

// command prepares a program of PostgreSQL to run as the account, away from the
// terminal's process group so that an interrupt reaches this process first and
// the server is stopped after its clients.
func (a account) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = serverEnvironment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}

	if a.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: []uint32{}}
	}

	return cmd
}

// own gives a path to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}

	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("giving %s to %s: %w", path, a.name, err)
	}

	return nil
}

// canEnter reports, as an error, that the account cannot reach dir. It asks the
// kernel by starting a program there, since mode bits alone do not tell (there
// are access control lists, and containers without root's usual powers).
func (a account) canEnter(ctx context.Context, program, dir string) error {
	if !a.drop {
		return nil
	}

	cmd := a.command(ctx, program, "--version")
	cmd.Dir = dir

	err := cmd.Run()

	if errors.Is(err, fs.ErrPermission) {
		return a.enterError(dir)
	}

	if err != nil {
		return fmt.Errorf("starting a program in %s as %s: %w", dir, a.name, err)
	}

	return nil
}

func (a account) enterError(dir string) error {
	culprit := dir
	if closed, ok := a.firstClosed(dir); ok {
		culprit = closed
	}

	return fmt.Errorf("PostgreSQL does not run as root but as %s, who cannot enter %s on the way to %s; "+
		"set COORDINATOR_DATA_DIR to a directory that everybody can pass through (such as /var/lib/coordinator), "+
		"run \"chmod a+x %s\", or set DATABASE_URL", a.name, culprit, dir, culprit)
}

// firstClosed returns the topmost directory on the way to dir that the account
// has no search permission on, going by the mode bits.
func (a account) firstClosed(dir string) (string, bool) {
	path := "/"

	for part := range strings.SplitSeq(filepath.Clean(dir), "/") {
		path = filepath.Join(path, part)

		info, err := os.Stat(path)
		if err != nil {
			return "", false
		}

		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return "", false
		}

		search := os.FileMode(0o001)

		switch {
		case stat.Uid == a.uid:
			search = 0o100
		case stat.Gid == a.gid:
			search = 0o010
		}

		if info.Mode()&search == 0 {
			return path, true
		}
	}

	return "", false
}

// serverEnvironment is the little that PostgreSQL needs of ours. The rest stays
// behind: our own settings hold secrets, and PG* and LC_* change how the
// server's programs behave and speak.
func serverEnvironment() []string {
	env := []string{"LC_ALL=C"}

	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}

	return env
}
