#!/usr/bin/env bats
# app.json, from which Heroku's button makes an app: it has the form that Heroku asks for (app-schema.json), and says what the rest of
# the tree says.

bats_require_minimum_version 1.5.0

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# need_jsonschema: sets python to one that has it. Debian's package is for Debian's Python, which another may hide.
need_jsonschema() {
	for python in python3 /usr/bin/python3; do
		! "$python" -c 'import jsonschema' 2>/dev/null || return 0
	done
	skip "no Python here has the package jsonschema"
}

# errors_of FILE: prints what is wrong with a manifest, as PATH: REASON, and fails where something is.
errors_of() {
	"$python" -c 'import json, sys, jsonschema
schema, manifest = (json.load(open(path)) for path in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(schema).iter_errors(manifest))
for error in errors:
    print("/".join(map(str, error.path)) + ": " + error.message)
sys.exit(len(errors) > 0)' "$BATS_TEST_DIRNAME/app-schema.json" "$1"
}

# is_refused PATH CHANGE: app.json with a change, which is Python on the dictionary m, is wrong there.
is_refused() {
	python3 -c 'import json, sys
m = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(m, open("changed.json", "w"))' "$root/app.json" "$2"
	run -1 errors_of changed.json
	[[ $output == "$1: "* ]] || fail "with $2:" "$output"
}

# of_manifest EXPRESSION: prints what the expression, Python on the dictionary m, gives: each item on a line.
of_manifest() {
	python3 -c 'import json, sys
m = json.load(open(sys.argv[1]))
print("\n".join(map(str, eval(sys.argv[2]))))' "$root/app.json" "$1"
}

@test "app.json has the form that Heroku asks for" {
	need_jsonschema
	run -0 errors_of "$root/app.json"
	[ -z "$output" ]
}

@test "a manifest of another form is refused" {
	need_jsonschema
	is_refused '' 'del m["stack"]'
	is_refused '' 'm["buildpack"] = m.pop("buildpacks")'
	is_refused description 'm["description"] *= 2'
	is_refused website 'm["website"] = "dynodrop"'
	is_refused stack 'm["stack"] = "cedar-14"'
	is_refused buildpacks/0 'm["buildpacks"] = ["https://example.com"]'
	is_refused env 'm["env"]["dynodrop wait"] = m["env"].pop("DYNODROP_WAIT")'
	is_refused env/DYNODROP_WAIT/required 'm["env"]["DYNODROP_WAIT"]["required"] = "no"'
	is_refused env/DYNODROP_WAIT/value 'm["env"]["DYNODROP_WAIT"]["value"] = 600'
	is_refused formation 'm["formation"] = [{"process": "dump", "quantity": 0}]'
	is_refused formation/dump/quantity 'm["formation"]["dump"]["quantity"] = "0"'
	is_refused formation/dump/size 'm["formation"]["dump"]["size"] = "hobby"'
}

@test "each of its variables is one that dynodrop reads" {
	local variable variables
	variables=$(of_manifest 'm["env"]')
	for variable in $variables; do
		grep -rqF "\"$variable\"" "$root/src" || fail "nothing reads $variable"
	done
}

@test "it asks for what no dump to a machine can do without" {
	run -0 of_manifest '[v for v, about in m["env"].items() if about["required"]]'
	[ "$output" = "DYNODROP_RECIPIENTS
DYNODROP_TARGETS
DYNODROP_TS_AUTHKEY" ]
}

@test "the app is built by this repository's buildpack, on a stack that it takes" {
	[ "$(of_manifest '[b["url"] for b in m["buildpacks"]]')" = "$(of_manifest '[m["repository"]]')" ]
	grep -qwF "$(of_manifest '[m["stack"]]')" "$root/buildpack/compile"
}

@test "no dyno of the app runs before somebody starts one" {
	[ "$(of_manifest 'm["formation"]')" = "$(sed 's/:.*//' "$root/Procfile")" ]
	[ "$(of_manifest '[p["quantity"] for p in m["formation"].values()]')" = 0 ]
}

@test "the button in README makes an app from this repository" {
	grep -qF "(https://www.heroku.com/deploy?template=$(of_manifest '[m["repository"]]'))" "$root/README.md"
}
