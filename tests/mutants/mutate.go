package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mutant is one check, guard or part of a condition that can be taken out.
type Mutant struct {
	Number int // what the environment variable MUTANT says
	File   string
	Line   int    // counted from 1
	What   string // the expression
}

// Where names the mutant for a person.
func (m Mutant) Where() string {
	return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.What)
}

// What an instrumented file begins with. Every check asks whether it is taken out, so that all
// mutants are compiled at once.
const preamble = `#include <cstdlib>
namespace {
inline bool taken_out(int number) {
  static const char* const wanted = std::getenv("MUTANT");
  static const int chosen = wanted != nullptr ? std::atoi(wanted) : 0;
  return number == chosen;
}
}
`

var (
	row         = regexp.MustCompile(`NamedCheck\{"\w+", (\w+)\}`)
	condition   = regexp.MustCompile(`\bif \(`)
	declaration = regexp.MustCompile(`^(?:const )?auto[*&]* (\w+) =`)
	connective  = regexp.MustCompile(`\s(&&|\|\|)\s`)
	// What ends one part of a condition and begins the next thing.
	boundary = regexp.MustCompile(`;|,\s|\s[?:=]\s|\breturn\s|\s(&&|\|\|)\s`)
)

// insertion puts words round a piece of the text.
type insertion struct {
	at, length int // of the piece
	closes     bool
	words      string
}

// source is a file that is being instrumented.
type source struct {
	file, text, code string
	first            int // number of its first mutant
	mutants          []Mutant
	insertions       []insertion
}

// Instrument returns the source with all its mutants in it, and lists them; first is the number of
// the first one. Taken out is in turn: each row of the table of checks, which then answers nothing;
// each condition of an `if`, which then is false; and each part of an && (then true) or || (then
// false).
func Instrument(file, text string, first int) (string, []Mutant) {
	s := &source{file: file, text: text, code: Masked(text), first: first}
	for _, found := range row.FindAllStringSubmatchIndex(text, -1) {
		s.takeOut(found[2], found[3], "[](const View& view) { auto verdict = ",
			"(view); if (taken_out(%d)) verdict.reset(); return verdict; }")
	}
	for _, found := range condition.FindAllStringIndex(s.code, -1) {
		s.takeOutCondition(found[1], closing(s.code, found[1]))
	}
	for _, found := range connective.FindAllStringSubmatchIndex(s.code, -1) {
		s.takeOutParts(found[2], found[3])
	}
	return preamble + s.woven(), s.mutants
}

// takeOut notes a mutant of the piece between from and to: words before and after it, in which %d
// stands for the number.
func (s *source) takeOut(from, to int, before, after string) {
	number := s.first + len(s.mutants)
	s.mutants = append(s.mutants, Mutant{Number: number, File: s.file,
		Line: strings.Count(s.text[:from], "\n") + 1,
		What: strings.Join(strings.Fields(s.text[from:to]), " ")})
	fill := func(words string) string { return strings.ReplaceAll(words, "%d", fmt.Sprint(number)) }
	s.insertions = append(s.insertions, insertion{from, to - from, false, fill(before)},
		insertion{to, to - from, true, fill(after)})
}

func (s *source) takeOutCondition(from, to int) {
	if at := strings.LastIndex(flat(s.code[from:to]), "; "); at >= 0 {
		from += at + 2
	} else if name := declaration.FindStringSubmatch(s.code[from:to]); name != nil {
		s.takeOut(from, to, "", "; !taken_out(%d) && "+name[1])
		return
	}
	s.takeOut(from, to, "!taken_out(%d) && (", ")")
}

// takeOutParts notes the part after a connective and, when that is the first of its chain, the one
// before it. A chain has one kind of connective: the compiler asks for brackets otherwise.
func (s *source) takeOutParts(from, to int) {
	before, after := "(taken_out(%d) || (", "))"
	if s.code[from:to] == "||" {
		before = "(!taken_out(%d) && ("
	}
	if begin, isFirst := s.partBefore(from); isFirst {
		s.takeOut(begin, from-len(trailing(s.code[:from])), before, after)
	}
	begin, end := s.partAfter(to)
	s.takeOut(begin, end, before, after)
}

// partBefore finds where the part begins that ends at `to`, and whether no other precedes it.
func (s *source) partBefore(to int) (begin int, isFirst bool) {
	opening := to - 1
	for depth := 0; opening >= 0; opening-- {
		switch s.code[opening] {
		case ')', '}', ']':
			depth++
		case '(', '{', '[':
			depth--
		}
		if depth < 0 {
			break
		}
	}
	inside := strings.TrimRight(flat(s.code[opening+1:to]), blanks)
	begin, isFirst = opening+1, true
	for _, found := range boundary.FindAllStringSubmatchIndex(inside, -1) {
		begin, isFirst = opening+1+found[1], found[2] < 0
	}
	return begin + len(leading(s.code[begin:])), isFirst
}

// partAfter finds where the part begins and ends that follows `from`.
func (s *source) partAfter(from int) (begin, end int) {
	begin = from + len(leading(s.code[from:]))
	inside := flat(s.code[begin:closing(s.code, begin)])
	if found := boundary.FindStringIndex(inside); found != nil {
		return begin, begin + found[0]
	}
	return begin, begin + len(inside)
}

const blanks = " \n"

func leading(code string) string  { return code[:len(code)-len(strings.TrimLeft(code, blanks))] }
func trailing(code string) string { return code[len(strings.TrimRight(code, blanks)):] }

// flat blanks what stands in brackets, and the brackets, with something that is no boundary.
func flat(code string) string {
	depth := 0
	return strings.Map(func(letter rune) rune {
		switch letter {
		case '(', '{', '[':
			depth++
			return '_'
		case ')', '}', ']':
			depth--
			return '_'
		}
		if depth > 0 {
			return '_'
		}
		return letter
	}, code)
}

// woven is the text with all insertions.
func (s *source) woven() string {
	slices.SortStableFunc(s.insertions, func(a, b insertion) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		if a.closes != b.closes {
			return map[bool]int{true: -1, false: 1}[a.closes]
		}
		if a.closes {
			return cmp.Compare(a.length, b.length)
		}
		return cmp.Compare(b.length, a.length)
	})
	var text strings.Builder
	done := 0
	for _, insertion := range s.insertions {
		text.WriteString(s.text[done:insertion.at])
		text.WriteString(insertion.words)
		done = insertion.at
	}
	text.WriteString(s.text[done:])
	return text.String()
}
