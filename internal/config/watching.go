package config

import (
	"errors"
	"net/url"
	"strings"
)

func parseMetricsAddress(text string) (string, error) {
	if text == MetricsOff {
		return text, nil
	}

	address, err := parseAddress(text)
	if err != nil {
		return "", errors.New("expected HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:9464, or off")
	}

	return address, nil
}

// parseOTLPEndpoint keeps the address secret: some collectors take a key in it.
func parseOTLPEndpoint(text string) (Secret, error) {
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return "", errors.New("expected the web address of a collector that takes OTLP over HTTP, such as http://localhost:4318")
	}

	return Secret(text), nil
}

func parseOTLPProtocol(text string) (string, error) {
	const only = "http/protobuf"

	switch text {
	case only:
		return text, nil
	case "grpc":
		return "", errors.New("gRPC is not spoken here; set it to " + only + ", and the endpoint to the collector's port for HTTP, which is 4318 and not 4317 by default")
	default:
		return "", errors.New("expected " + only)
	}
}

// parsePresence takes any text for yes, as https://no-color.org asks for.
func parsePresence(text string) (bool, error) { return !strings.EqualFold(text, "false"), nil }
