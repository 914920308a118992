// Package config turns the command line and the environment into the settings
// of one command. It is the only package that reads the environment, and it
// reports every mistake of a start at once instead of the first.
//
// It owns the names, defaults and bounds of all settings, their help, and the
// masking of secrets. What a setting does belongs to the package that takes it.
//
// A setting is one struct field. Its tags are kong's, and these:
//
//   - env: the variable that sets it; an empty variable counts as unset
//   - unset: what applies without it, where there is no default
//   - type: the converter, from the list in values.go
//   - min, max: the bounds of a number or a duration
//
// A flag wins over its variable, and the variable over the default.
package config
