package samples

import (
	"fmt"
	"strings"
)

// TypeScriptProgram makes one module of the blocks of TypeScript on a page. A
// block sees what those before it have declared and may declare the same again.
func TypeScriptProgram(blocks []Block) string {
	var imports, body strings.Builder

	for _, block := range blocks {
		inImport := false

		fmt.Fprintf(&body, "{ // %s\n", block)

		for line := range strings.Lines(block.Text) {
			inImport = inImport || strings.HasPrefix(line, "import ")
			if !inImport {
				body.WriteString(line)

				continue
			}

			// Two blocks may import the same.
			if !strings.Contains(imports.String(), line) || !strings.HasPrefix(line, "import ") {
				imports.WriteString(line)
			}

			inImport = !strings.HasSuffix(strings.TrimRight(line, "\n"), ";")
		}
	}

	return imports.String() + "export {};\n" + body.String() + strings.Repeat("}\n", len(blocks))
}
