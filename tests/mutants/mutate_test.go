package main

import (
	"fmt"
	"strings"
	"testing"
)

// The text with marks for the preamble's question: ~n for "not taken out", !n for "taken out".
func instrumented(text string) (string, []Mutant) {
	whole, mutants := Instrument("f.cc", text, 1)
	whole = strings.TrimPrefix(whole, preamble)
	for number := len(mutants); number > 0; number-- {
		whole = strings.ReplaceAll(whole, fmt.Sprintf("!taken_out(%d)", number), fmt.Sprintf("~%d", number))
		whole = strings.ReplaceAll(whole, fmt.Sprintf("taken_out(%d)", number), fmt.Sprintf("!%d", number))
	}
	return whole, mutants
}

func TestEveryCheckGuardAndPartIsTakenOutInTurn(t *testing.T) {
	rows := []struct{ name, text, want string }{
		{"a condition becomes false", `if (a(b)) return;`, `if (~1 && (a(b))) return;`},
		{"a condition that declares", `if (const auto* d = e()) g(*d);`,
			`if (const auto* d = e(); ~1 && d) g(*d);`},
		{"a condition after a declaration", `if (auto h = i(); !h) return;`,
			`if (auto h = i(); ~1 && (!h)) return;`},
		{"a condition with a function in it", `if (any(a, [&](int x) { return x; })) return;`,
			`if (~1 && (any(a, [&](int x) { return x; }))) return;`},
		{"part of an && becomes true", `return a(x && y) && !b;`,
			`return (!3 || (a((!1 || (x)) && (!2 || (y))))) && (!4 || (!b));`},
		{"part of an || becomes false", `const bool c = a == 1 || f(b, c) || *d;`,
			`const bool c = (~1 && (a == 1)) || (~2 && (f(b, c))) || (~3 && (*d));`},
		{"parts over several lines", "return a &&\n       (b || c);",
			"return (!1 || (a)) &&\n       (!2 || (((~3 && (b)) || (~4 && (c)))));"},
		{"a condition and its parts", "x();\nif (!a && b) return;",
			"x();\nif (~1 && ((!2 || (!a)) && (!3 || (b)))) return;"},
		{"parts of a choice", `x = a && b ? c : d || e;`,
			`x = (!1 || (a)) && (!2 || (b)) ? c : (~3 && (d)) || (~4 && (e));`},
		{"parts that begin with a string", `if (a && "b" + c == d) e("f");`,
			`if (~1 && ((!2 || (a)) && (!3 || ("b" + c == d)))) e("f");`},
		{"arguments", `f({.x = a && b, .y = c});`, `f({.x = (!1 || (a)) && (!2 || (b)), .y = c});`},
		{"a row of a table of checks", `NamedCheck{"busy", busy},`, `NamedCheck{"busy", ` +
			`[](const View& view) { auto verdict = busy(view); if (!1) verdict.reset(); return verdict; }},`},
		{"no code", "// if (a && b)\nf(\"if (a && b\", ')');", "// if (a && b)\nf(\"if (a && b\", ')');"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got, _ := instrumented(row.text); got != row.want {
				t.Errorf("\nwant %s\ngot  %s", row.want, got)
			}
		})
	}
}

func TestAMutantSaysWhereItIs(t *testing.T) {
	_, mutants := Instrument("f.cc", "f();\nif (a ||\n    b) g();", 7)
	want := []string{"7 f.cc:2: a || b", "8 f.cc:2: a", "9 f.cc:3: b"}
	var got []string
	for _, mutant := range mutants {
		got = append(got, fmt.Sprint(mutant.Number, " ", mutant.Where()))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("want %q, got %q", want, got)
	}
}
