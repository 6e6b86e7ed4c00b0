# What the user sees of a build, in the form that Heroku's own buildpacks have. To be sourced.
# shellcheck shell=bash

# topic TEXT: a step of the build.
topic() {
	echo "-----> $*"
}

# line TEXT: what belongs to the step.
line() {
	echo "       $*"
}

# indent: the same for each line of the input.
indent() {
	sed -u 's/^/       /'
}

# die REASON [WAY_OUT...]: ends the build.
die() {
	local text
	echo >&2
	for text; do
		echo " !     $text" >&2
	done
	echo >&2
	exit 1
}
