package main

import (
	"bytes"
	"regexp"
)

// What a C++ source holds besides code: comments, preprocessor lines, strings and characters.
var notCode = regexp.MustCompile(`//[^\n]*|(?m:^#[^\n]*)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`)

// Masked is the text with comments and preprocessor lines made blank, and underscores for strings and
// characters. Places stay where they are.
func Masked(text string) string {
	return string(notCode.ReplaceAllFunc([]byte(text), func(found []byte) []byte {
		filling := byte(' ')
		if found[0] == '"' || found[0] == '\'' {
			filling = '_'
		}
		return bytes.Repeat([]byte{filling}, len(found))
	}))
}

// closing finds the bracket that ends what begins at from, inside its opening bracket.
func closing(code string, from int) int {
	depth := 1
	for at := from; at < len(code); at++ {
		switch code[at] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			if depth--; depth == 0 {
				return at
			}
		}
	}
	return len(code)
}
