# shellcheck shell=bash
# Debian's archive, for tests that need packages of another release than this machine's.

# archive_list PATTERN: prints, each once, where this machine's apt gets the packages of releases of that name from (an extended regular
# expression of awk).
archive_list() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk -v pattern="$1" '$2 ~ pattern && !seen[$1]++ { print $1 }'
}

# debian_archives, debian_security_archives: of whole releases, and of what mends them.
debian_archives() {
	archive_list '^[^-/]+$'
}
debian_security_archives() {
	archive_list '^[^/]+-security$'
}
