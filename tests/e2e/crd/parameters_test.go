package crd

import "testing"

// What Sessions may give and say otherwise.

func parameter(members map[string]any) []any {
	all := map[string]any{"name": "BRANCH"}
	for key, value := range members {
		all[key] = value
	}
	return []any{all}
}

func TestGoodParametersAndOverridesAreAccepted(t *testing.T) {
	room := newRoom(t)
	rows := map[string]edit{
		"a bare parameter":       set("spec.parameters", parameter(nil)),
		"a default":              set("spec.parameters", parameter(map[string]any{"default": "$(HOME)\n"})),
		"an empty default":       set("spec.parameters", parameter(map[string]any{"default": ""})),
		"the longest default":    set("spec.parameters", parameter(map[string]any{"default": letters(1024)})),
		"a required one":         set("spec.parameters", parameter(map[string]any{"required": true})),
		"not required, default":  set("spec.parameters", parameter(map[string]any{"required": false, "default": "main"})),
		"a pattern":              set("spec.parameters", parameter(map[string]any{"pattern": `[\w./-]+`})),
		"a pattern of the whole": set("spec.parameters", parameter(map[string]any{"pattern": "main|next", "default": "next"})),
		"the longest pattern":    set("spec.parameters", parameter(map[string]any{"pattern": letters(256)})),
		"the longest name":       set("spec.parameters", parameter(map[string]any{"name": letters(63)})),
		"32 parameters":          set("spec.parameters", list(32, func(i int) any { return map[string]any{"name": "P" + letters(i+1)} })),
		"no overrides":           set("spec.overrides", []any{}),
		"all overrides":          set("spec.overrides", []any{"model", "config", "tools", "temperature", "maxOutputTokens", "contextFrom"}),
		"an agent's settings": with(set("spec.agents.0.tools", []any{"read"}), set("spec.agents.0.temperature", 0.5),
			set("spec.agents.0.maxOutputTokens", 1)),
		"no tools": set("spec.agents.0.tools", []any{}),
	}
	for what, change := range rows {
		t.Run(what, func(t *testing.T) { expectAccepted(t, room.try(newTemplate(change))) })
	}
}

func TestBadParametersAndOverridesAreRefusedWithASentence(t *testing.T) {
	room := newRoom(t)
	rows := []struct {
		what  string
		spoil edit
		words string
	}{
		{"no name", set("spec.parameters", []any{map[string]any{"default": "a"}}), "name: Required value"},
		{"an empty name", set("spec.parameters", parameter(map[string]any{"name": ""})), "name"},
		{"a name with a minus", set("spec.parameters", parameter(map[string]any{"name": "A-B"})), "must consist of letters, digits and '_'"},
		{"a name of ours", set("spec.parameters", parameter(map[string]any{"name": "SESSION_ID"})), "names beginning with SESSION_ belong to the operator"},
		{"a name of 64 letters", set("spec.parameters", parameter(map[string]any{"name": letters(64)})), "Too long"},
		{"one twice", set("spec.parameters", append(parameter(nil), parameter(nil)...)), "Duplicate value"},
		{"33 parameters", set("spec.parameters", list(33, func(i int) any { return map[string]any{"name": "P" + letters(i+1)} })), "must have at most 32 items"},
		{"required with a default", set("spec.parameters", parameter(map[string]any{"required": true, "default": ""})), "a required parameter has no default"},
		{"no pattern", set("spec.parameters", parameter(map[string]any{"pattern": "("})), "pattern must be a regular expression of RE2"},
		{"a pattern with a look behind", set("spec.parameters", parameter(map[string]any{"pattern": "(?<!a)b"})), "pattern must be a regular expression of RE2"},
		{"an empty pattern", set("spec.parameters", parameter(map[string]any{"pattern": ""})), "should be at least 1 chars long"},
		{"a long pattern", set("spec.parameters", parameter(map[string]any{"pattern": letters(257)})), "Too long"},
		{"a default beside the pattern", set("spec.parameters", parameter(map[string]any{"pattern": "main|next", "default": "mainx"})), "default does not match pattern"},
		{"a default of two lines", set("spec.parameters", parameter(map[string]any{"pattern": "[a-z]+", "default": "main\n"})), "default does not match pattern"},
		{"NUL in a default", set("spec.parameters", parameter(map[string]any{"default": "a\x00"})), "should match"},
		{"an override of the image", set("spec.overrides", []any{"image"}), "Unsupported value"},
		{"an override twice", set("spec.overrides", []any{"model", "model"}), "Duplicate value"},
		{"a tool with a comma", set("spec.agents.0.tools", []any{"a,b"}), "should match"},
		{"a cold temperature", set("spec.agents.0.temperature", -1), "should be greater than or equal to 0"},
		{"no tokens", set("spec.agents.0.maxOutputTokens", 0), "should be greater than or equal to 1"},
		{"a model of two lines", set("spec.agents.0.model", "a\nb"), "must have no control characters"},
	}
	for _, row := range rows {
		t.Run(row.what, func(t *testing.T) { expectRefused(t, room.try(newTemplate(row.spoil)), row.words) })
	}
}
