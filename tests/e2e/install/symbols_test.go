package install

import (
	"debug/dwarf"
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The place where it was compiled may not be in the program, or another place would give another one.
func TestSymbols_NameSourcesWithoutThePlaceTheyWereCompiledIn(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(os.Getenv(productsVariable), "*.debug"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no symbols were built: %v", err)
	}
	own := 0
	for _, file := range files {
		for _, unit := range compiledUnits(t, file) {
			name, _ := unit.Val(dwarf.AttrName).(string)
			directory, _ := unit.Val(dwarf.AttrCompDir).(string)
			if filepath.IsAbs(directory) {
				t.Errorf("%s: %s was compiled in %s", filepath.Base(file), name, directory)
			}
			if strings.HasPrefix(filepath.Join(directory, name), "src/") {
				own++
			}
		}
	}
	const least = 80
	if own < least {
		t.Errorf("the symbols name only %d sources of ours", own)
	}
}

func compiledUnits(t *testing.T, file string) []*dwarf.Entry {
	t.Helper()
	program, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	symbols, err := program.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	var units []*dwarf.Entry
	for reader := symbols.Reader(); ; reader.SkipChildren() {
		entry, err := reader.Next()
		if err != nil {
			t.Fatal(err)
		}
		if entry == nil {
			return units
		}
		if entry.Tag == dwarf.TagCompileUnit {
			units = append(units, entry)
		}
	}
}
