package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/aicoordination/coordinator/internal/seal"
)

// recorder is a mapper that records what its mapper refuses, and leaves the
// setting at its zero value.
type recorder struct {
	parser *parser
	mapper kong.Mapper
}

// Decode implements kong.Mapper. It never fails.
func (r recorder) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	flag := ctx.Value.Flag
	// A value that stays in the scanner would stop kong.
	token := ctx.Scan.Pop()
	text := fmt.Sprint(token.Value)

	err := checkChoice(flag, text)
	if err == nil {
		err = r.mapper.Decode(ctx.WithScanner(kong.ScanFromTokens(token)), target)
	}

	if err == nil {
		err = checkBounds(flag, target)
	}

	if err == nil {
		return nil
	}

	mistake := Mistake{Setting: r.parser.label(flag.Name), Given: quote(text), Problem: err.Error()}
	if least := flag.Tag.Get("min"); least != "" {
		mistake.Problem += ", from " + least + " to " + flag.Tag.Get("max")
	}

	if isSecret(flag) {
		mistake.Given = ""
	}

	r.parser.mistakes = append(r.parser.mistakes, mistake)
	r.parser.refused[flag.Name] = true

	return nil
}

// label is how the setting was given, or both its names when it was not.
func (p *parser) label(name string) string {
	if source, ok := p.source[name]; ok {
		return source
	}

	for _, flag := range allFlags(p.kong.Model.Node) {
		if variable := flag.Tag.Get("env"); flag.Name == name && variable != "" {
			return "--" + name + " (" + variable + ")"
		}
	}

	for _, node := range p.kong.Model.Leaves(false) {
		for _, argument := range node.Positional {
			if argument.Name == name {
				return strings.ToUpper(name)
			}
		}
	}

	return "--" + name
}

func isSecret(flag *kong.Flag) bool {
	switch flag.Target.Interface().(type) {
	case Secret, DatabaseURL, RedisURL, MailURL:
		return true
	default:
		return false
	}
}

// choices are the values of the flag's enum tag.
func choices(flag *kong.Flag) []string {
	return strings.FieldsFunc(flag.Tag.Get("enum"), func(r rune) bool { return r == ',' })
}

func joinChoices(flag *kong.Flag, separator string) string {
	return strings.Join(choices(flag), separator)
}

func checkChoice(flag *kong.Flag, text string) error {
	accepted := choices(flag)
	// An empty text is the default of a setting that follows from others.
	if len(accepted) == 0 || slices.Contains(accepted, text) || (text == "" && flag.HasDefault) {
		return nil
	}

	return errors.New("expected " + oneOf(accepted) + suggestion(text, accepted))
}

// checkBounds holds a number or a duration against the flag's min and max tags.
func checkBounds(flag *kong.Flag, target reflect.Value) error {
	least, most := flag.Tag.Get("min"), flag.Tag.Get("max")
	if least == "" {
		return nil
	}

	accepted, parse := errNumber, parseInt
	if target.Type() == reflect.TypeFor[time.Duration]() {
		accepted, parse = errDuration, parseNanoseconds
	}

	low, errLow := parse(least)
	high, errHigh := parse(most)

	if err := errors.Join(errLow, errHigh); err != nil {
		return fmt.Errorf("reading the bounds of --%s: %w", flag.Name, err)
	}

	if value := target.Int(); value < low || value > high {
		return accepted
	}

	return nil
}

// mappers registers the converters that a field's type tag names.
func mappers() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		for _, option := range []kong.Option{
			// Kong's own read 010 as eight, and speak of Go's types.
			kong.KindMapper(reflect.Bool, mapper(parseBool)),
			kong.KindMapper(reflect.Int32, mapper(parseInt)),
			kong.KindMapper(reflect.Int64, mapper(parseInt)),
			kong.TypeMapper(reflect.TypeFor[time.Duration](), mapper(parseDuration)),
			kong.NamedMapper("address", mapper(parseAddress)),
			kong.NamedMapper("metrics-address", mapper(parseMetricsAddress)),
			kong.NamedMapper("otlp-endpoint", mapper(parseOTLPEndpoint)),
			kong.NamedMapper("otlp-protocol", mapper(parseOTLPProtocol)),
			kong.NamedMapper("presence", mapper(parsePresence)),
			kong.NamedMapper("networks", mapper(parseNetworks)),
			kong.NamedMapper("roles", mapper(parseRoles)),
			kong.NamedMapper("directory", mapper(parseDirectory)),
			kong.NamedMapper("file", mapper(parseFile)),
			kong.NamedMapper("database-url", mapper(parseDatabaseURL)),
			kong.NamedMapper("redis-url", mapper(parseRedisURL)),
			kong.NamedMapper("origins", mapper(parseOrigins)),
			kong.NamedMapper("mail-url", mapper(parseMailURL)),
			kong.NamedMapper("mailbox", mapper(parseMailbox)),
			kong.NamedMapper("web-address", mapper(parseWebAddress)),
			kong.NamedMapper("email", mapper(parseEmail)),
			kong.NamedMapper("name", mapper(parseName)),
			kong.NamedMapper("secret-key", mapper(parseSecretKey)),
			kong.NamedMapper("audit-head", mapper(parseAuditHead)),
			kong.NamedMapper("password", mapper(parsePassword)),
		} {
			if err := option.Apply(k); err != nil {
				return err
			}
		}

		return nil
	})
}

// mapper makes kong's form of a converter.
func mapper[T any](convert func(string) (T, error)) kong.Mapper {
	return kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		// Not PopValueInto: it goes through JSON, which changes bytes that are not
		// UTF-8.
		token, err := ctx.Scan.PopValue("value")
		if err != nil {
			return err
		}

		text := fmt.Sprint(token.Value)

		// The default of a setting that has none on this machine.
		if text == "" && ctx.Value.HasDefault {
			return nil
		}

		value, err := convert(text)
		if err != nil {
			return err
		}

		converted := reflect.ValueOf(value)
		if converted.CanInt() && target.OverflowInt(converted.Int()) {
			return errNumber
		}

		target.Set(converted.Convert(target.Type()))

		return nil
	})
}

var (
	errNumber   = errors.New("expected a whole number")
	errDuration = errors.New("expected a duration such as 90s or 1h30m")
)

func parseInt(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errNumber
	}

	return number, nil
}

func parseDuration(text string) (time.Duration, error) {
	duration, err := time.ParseDuration(text)
	if err != nil {
		return 0, errDuration
	}

	return duration, nil
}

func parseNanoseconds(text string) (int64, error) {
	duration, err := parseDuration(text)

	return duration.Nanoseconds(), err
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	default:
		return false, errors.New("expected true or false")
	}
}

func parseAddress(text string) (string, error) {
	accepted := errors.New("expected HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080")

	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", accepted
	}

	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", accepted
	}

	if _, err := netip.ParseAddr(host); host != "" && err != nil && !isHostname(host) {
		return "", accepted
	}

	return text, nil
}

func isHostname(host string) bool {
	return !strings.ContainsFunc(host, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

// parseNetworks takes networks and single addresses. It names every bad one.
func parseNetworks(text string) ([]netip.Prefix, error) {
	var (
		networks []netip.Prefix
		bad      []string
	)

	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)

		network, err := netip.ParsePrefix(part)
		if address, errAddress := netip.ParseAddr(part); errAddress == nil && address.Zone() == "" {
			address = address.Unmap()
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}

		if err != nil {
			bad = append(bad, quote(part))

			continue
		}

		networks = append(networks, network.Masked())
	}

	if len(bad) > 0 {
		return nil, fmt.Errorf("expected networks or addresses separated by commas, such as 10.0.0.0/8,192.0.2.7; not %s", strings.Join(bad, ", "))
	}

	return networks, nil
}

// parseRoles takes each role once. It names every one that there is not.
func parseRoles(text string) ([]string, error) {
	var roles, bad []string

	for part := range strings.SplitSeq(text, ",") {
		role := strings.TrimSpace(part)

		switch {
		case !slices.Contains([]string{"user", "manager", "admin"}, role):
			bad = append(bad, quote(role))
		case !slices.Contains(roles, role):
			roles = append(roles, role)
		}
	}

	if len(bad) > 0 {
		return nil, fmt.Errorf("expected roles out of user, manager and admin, separated by commas, such as admin,manager; not %s", strings.Join(bad, ", "))
	}

	return roles, nil
}

func parseDirectory(text string) (string, error) {
	if strings.HasPrefix(text, "~") {
		return "", errors.New("expected a path; the shell leaves this ~ as it is, so write the directory out")
	}

	path, err := filepath.Abs(text)
	if err != nil {
		return "", errors.New("expected an absolute path, since the working directory is not known")
	}

	return path, nil
}

// parseFile reads the path of a file, where - is the standard output.
func parseFile(text string) (string, error) {
	if text == "-" {
		return text, nil
	}

	return parseDirectory(text)
}

// signsIn is the least that the API asks of an address to sign in with.
var signsIn = regexp.MustCompile(`^[!-~]+@[!-~]+\.[!-~]+$`)

func parseEmail(text string) (string, error) {
	const longest = 254

	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text || len(text) > longest || !signsIn.MatchString(text) {
		return "", errors.New("expected an email address such as ana@example.com")
	}

	return text, nil
}

func parseName(text string) (string, error) {
	const longest = 200

	name := strings.TrimSpace(text)
	if !isText(name) || name == "" || utf8.RuneCountInString(name) > longest {
		return "", fmt.Errorf("expected a name of 1 to %d characters", longest)
	}

	return name, nil
}

// maxPassword is the most characters that a password has.
const maxPassword = 128

// parsePassword reads a password. How long it has to be at least is a setting,
// and checked by a rule; what else makes one that is accepted, auth knows.
func parsePassword(text string) (Secret, error) {
	if !isText(text) || utf8.RuneCountInString(text) > maxPassword {
		return "", fmt.Errorf("expected a password of at most %d characters, none of them a control character", maxPassword)
	}

	return Secret(text), nil
}

func parseSecretKey(text string) (Secret, error) {
	_, err := seal.Decode(text)

	return Secret(text), err
}

var auditHead = regexp.MustCompile(`^(0|[1-9][0-9]{0,17}):[0-9a-f]{64}$`)

func parseAuditHead(text string) (string, error) {
	if !auditHead.MatchString(text) {
		return "", errors.New("expected what \"coordinator audit head\" printed: a position, a colon and 64 hexadecimal digits")
	}

	return text, nil
}

func isText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
