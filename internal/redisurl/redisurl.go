// Package redisurl reads the address of a Redis. It knows the forms that
// config refuses or takes, and ratelimit connects to; it connects to nothing.
package redisurl

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Address is where a Redis is reached, and as whom.
type Address struct {
	// Network and Host are as net.Dial takes them.
	Network, Host string
	// ServerName is what the certificate has to name; empty for no TLS.
	ServerName string
	// Username and Password are empty where none are needed.
	Username, Password string
	Database           int
	// ClientName is what CLIENT LIST of that Redis shows for us.
	ClientName string
}

const defaultPort = "6379"

var errForm = errors.New("it is no address of a Redis")

// Parse reads redis://user:password@host:6379/0, the same as rediss:// for TLS,
// or unix:///path?db=0. Its error never quotes the text, which can hold a password.
func Parse(text string) (Address, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Opaque != "" {
		return Address{}, errForm
	}
	a := Address{Network: "tcp", Username: parsed.User.Username()}
	a.Password, _ = parsed.User.Password()
	switch parsed.Scheme {
	case "redis", "rediss":
		host, port := parsed.Hostname(), parsed.Port()
		if host == "" {
			host = "localhost"
		}
		if port == "" {
			port = defaultPort
		}
		a.Host = net.JoinHostPort(host, port)
		if parsed.Scheme == "rediss" {
			a.ServerName = host
		}
		err = a.setDatabase(strings.Trim(parsed.Path, "/"))
	case "unix":
		a.Network, a.Host = "unix", strings.TrimSpace(parsed.Path)
		if a.Host == "" {
			err = errForm
		}
	default:
		err = errForm
	}
	if err != nil {
		return Address{}, err
	}
	return a, a.setParameters(parsed.RawQuery)
}

func (a *Address) setDatabase(text string) error {
	if text == "" {
		return nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		return errForm
	}
	a.Database = number
	return nil
}

// setParameters reads what stands behind the question mark. What is not known is
// refused: whoever wrote it expects it to have an effect.
func (a *Address) setParameters(query string) error {
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return errForm
	}
	for name, values := range parameters {
		value := values[len(values)-1]
		switch name {
		case "db":
			if err := a.setDatabase(value); err != nil {
				return err
			}
		case "client_name":
			a.ClientName = value
		default:
			return errForm
		}
	}
	return nil
}
