package main

import (
	"fmt"
	"go/types"
	"strings"
)

// value is the statement that encodes what an expression stands for, of which the address can be taken.
func (g *generator) value(expression string, t types.Type) (string, error) {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return g.composite(expression, types.Unalias(t))
	}

	object := named.Obj()
	switch object.Pkg().Path() + "." + object.Name() {
	case "github.com/google/uuid.UUID":
		return fmt.Sprintf("e.uuid(%s)\n", bare(expression)), nil
	case "encoding/json.RawMessage":
		return fmt.Sprintf("e.json(%s)\n", bare(expression)), nil
	case apiPackage + ".Nullable", apiPackage + ".NullableObject":
		return g.nullable(expression, named.TypeArgs().At(0))
	case "time.Time", apiPackage + ".Date":
		// Their JSON is the text in quotes, in which there is nothing to escape.
		return fmt.Sprintf("e.close(%s.AppendText(e.open()))\n", expression), nil
	}

	if object.Pkg() != g.api || named.TypeArgs().Len() != 0 {
		return "", fmt.Errorf("it is not known how a %s is written", t)
	}
	for _, method := range []string{"MarshalJSON", "MarshalText"} {
		if hasMethod(named, method) {
			return "", fmt.Errorf("%s writes itself, with %s", t, method)
		}
	}
	if basic, ok := named.Underlying().(*types.Basic); ok {
		return g.basic(expression, basic)
	}
	g.todo = append(g.todo, object.Name())

	return fmt.Sprintf("encode%s(e, %s)\n", object.Name(), address(expression)), nil
}

func (g *generator) nullable(expression string, t types.Type) (string, error) {
	value, err := g.value("(*given)", t)
	if err != nil {
		return "", err
	}

	return fmt.Sprintf("if given := given(%s.Pointer(), %s.IsNull()); given == nil {\ne.null()\n} else {\n%s}\n", expression, expression, value), nil
}

// composite encodes what has no name of its own.
func (g *generator) composite(expression string, t types.Type) (string, error) {
	switch t := t.(type) {
	case *types.Basic:
		return g.basic(expression, t)
	case *types.Pointer:
		value, err := g.value("(*"+expression+")", t.Elem())

		return fmt.Sprintf("if %s == nil {\ne.null()\n} else {\n%s}\n", expression, value), err
	case *types.Slice:
		if basic, ok := t.Elem().Underlying().(*types.Basic); ok && basic.Kind() == types.Byte {
			return "", fmt.Errorf("it is not known how bytes are written")
		}
		value, err := g.value(expression+"[i]", t.Elem())

		return fmt.Sprintf("if %s == nil {\ne.null()\n} else {\ne.raw(`[`)\nfor i := range %s {\nif i > 0 {\ne.raw(`,`)\n}\n%s}\ne.raw(`]`)\n}\n", expression, expression, value), err
	case *types.Map:
		return g.members(expression, t)
	case *types.Interface:
		if !t.Empty() {
			break
		}

		return fmt.Sprintf("e.any(%s)\n", bare(expression)), nil
	}

	return "", fmt.Errorf("it is not known how a %s is written", t)
}

func (g *generator) members(expression string, t *types.Map) (string, error) {
	if key, ok := types.Unalias(t.Key()).(*types.Basic); !ok || key.Kind() != types.String {
		return "", fmt.Errorf("the names of the members of a %s are no strings", t)
	}
	value, err := g.value("member", t.Elem())

	return fmt.Sprintf(`if %s == nil {
e.null()
} else {
e.raw("{")
var room [16]string
for _, key := range sortedKeys(%s, room[:0]) {
e.comma()
e.string(key)
e.raw(":")
member := %s[key]
%s}
e.raw("}")
}
`, expression, expression, expression, value), err
}

func (g *generator) basic(expression string, basic *types.Basic) (string, error) {
	switch basic.Kind() {
	case types.String:
		return fmt.Sprintf("e.string(string(%s))\n", bare(expression)), nil
	case types.Bool:
		return fmt.Sprintf("e.bool(bool(%s))\n", bare(expression)), nil
	case types.Int, types.Int8, types.Int16, types.Int32, types.Int64:
		return fmt.Sprintf("e.int(int64(%s))\n", bare(expression)), nil
	case types.Float64:
		return fmt.Sprintf("e.float(float64(%s), 64)\n", bare(expression)), nil
	case types.Float32:
		return fmt.Sprintf("e.float(float64(%s), 32)\n", bare(expression)), nil
	default:
		return "", fmt.Errorf("it is not known how a %s is written", basic)
	}
}

// bare is an expression without the parentheses that it needs before a dot.
func bare(expression string) string {
	if pointer, ok := pointedTo(expression); ok {
		return "*" + pointer
	}

	return expression
}

// address is where a value stands.
func address(expression string) string {
	if pointer, ok := pointedTo(expression); ok {
		return pointer
	}

	return "&" + expression
}

// pointedTo is what leads to a value, where nothing but a pointer does.
func pointedTo(expression string) (pointer string, ok bool) {
	pointer, ok = strings.CutPrefix(expression, "(*")
	if !ok || strings.IndexByte(pointer, ')') != len(pointer)-1 {
		return "", false
	}

	return pointer[:len(pointer)-1], true
}
