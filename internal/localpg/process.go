package localpg

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a running postmaster.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it exited
	err  error         // how it exited; read after done
}

// startProcess starts the command on a thread that lives as long as the process
// does. The kernel sends the parent-death signal when the thread that started
// the child ends, and Go ends idle threads as it likes. The thread is never
// unlocked: it ends with the goroutine.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)

	go func() {
		runtime.LockOSThread()

		err := cmd.Start()
		started <- err

		if err != nil {
			return
		}

		p.err = cmd.Wait()
		close(p.done)
	}()

	if err := <-started; err != nil {
		return nil, err
	}

	return p, nil
}

// runOnOwnThread runs the command to its end on a thread that lives as long,
// and returns what it wrote.
func runOnOwnThread(cmd *exec.Cmd) ([]byte, error) {
	var output bytes.Buffer

	cmd.Stdout = &output
	cmd.Stderr = &output

	cmd.WaitDelay = 5 * time.Second // from a cancellation to a kill

	p, err := startProcess(cmd)
	if err != nil {
		return nil, err
	}

	<-p.done

	return output.Bytes(), p.err
}

func (p *process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends a signal; a process that has exited is fine.
func (p *process) signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signalling PostgreSQL: %w", err)
	}

	return nil
}

// processExists reports whether there is a process of this id, whoever owns it.
func processExists(pid int) bool {
	err := syscall.Kill(pid, 0)

	return err == nil || errors.Is(err, syscall.EPERM)
}
