# dynodrop. `make help` lists what can be made.

BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
VERSION := 0.1.0

PKGS     := libpq libzstd libsodium
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
CFLAGS   ?= -O2 -g
HARDEN   ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
ifeq ($(shell uname),Linux)
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
OS        := linux
else
OS        := posix
endif
SANITIZE ?=

# pkg-config runs once, when the first recipe needs it: `make deps` and `make help` work without.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

COMPILE = $(CC) -std=c11 -pthread -D_GNU_SOURCE -DDYNODROP_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) \
          $(HARDEN) $(SANITIZE) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP
LINK    = $(CC) -pthread $(HARDEN_LD) $(SANITIZE) $(LDFLAGS)

# src/base/os_linux.c and os_posix.c are each other's alternative; main.c is not in the library.
SOURCES := $(filter-out src/base/os_%.c src/main.c,$(sort $(wildcard src/*/*.c))) src/base/os_$(OS).c
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
UNITS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*_test.c))
TOOLS   := $(patsubst tests/tools/%.c,$(BUILD)/tests/tools/%,$(wildcard tests/tools/*.c))
BENCHES := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))

.PHONY: all
all: $(BUILD)/dynodrop ## build the program as build/dynodrop (the default)

$(BUILD)/dynodrop: $(BUILD)/src/main.o $(BUILD)/libdynodrop.a
	$(LINK) -o $@ $^ $(PKG_LIBS)

$(BUILD)/libdynodrop.a: $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libdynodrop.a
	$(LINK) -o $@ $^ $(PKG_LIBS) -lcmocka

$(TOOLS) $(BENCHES): %: %.o $(BUILD)/libdynodrop.a
	$(LINK) -o $@ $^ $(PKG_LIBS)

.PHONY: units
units: $(UNITS) $(TOOLS) ## build the unit tests, and what the others need

.PHONY: bench
bench: ## measure dynodrop beside what people use, for half an hour; BENCH='--scale 0.02' tries it
	@tests/deps build bench
	@$(MAKE) -s all
	@bench/run $(BENCH)

.PHONY: bench-delivery
bench-delivery: ## measure the way through a tailnet beside plain Taildrop; BENCH='--scale 0.1' tries it
	@tests/deps build bench tailnet
	@$(MAKE) -s all
	@bench/delivery $(BENCH)

.PHONY: bench-restore
bench-restore: ## measure restoring beside pg_restore, and checking; BENCH='--scale 0.02' tries it
	@tests/deps build bench matrix
	@$(MAKE) -s all
	@bench/restore $(BENCH)

.PHONY: bench-age
bench-age: ## measure encryption beside libsodium's own
	@tests/deps build
	@$(MAKE) -s $(BUILD)/bench/age_throughput
	@$(BUILD)/bench/age_throughput

# What the targets below need is installed first, so that each is the only command needed.
.PHONY: deps
deps: ## install what building and testing need and this machine lacks
	tests/deps build check

.PHONY: demo
demo: ## show the main job on a throw-away database, with nothing to configure
	@tests/deps build demo
	@$(MAKE) -s all
	@tests/demo

.PHONY: check
check: ## run all tests, against real servers
	@tests/deps build check
	@$(MAKE) -s all units
	@tests/run

.PHONY: check-fast
check-fast: all units ## run the unit tests only
	@tests/run $(UNITS)

.PHONY: check-matrix
check-matrix: ## restore drops of all versions with a stock pg_restore 17 that has zstd
	@tests/deps build matrix
	@$(MAKE) -s all
	@DYNODROP_MATRIX=1 tests/run tests/matrix/*.bats

.PHONY: check-stack
check-stack: ## build and run the slug in folders that stand for Heroku's images, as root
	@tests/deps build check stack
	@$(MAKE) -s all
	@tests/run tests/buildpack/stack/*.bats

# Of the files about deliveries, which take long, each sanitizer has one.

# What takes long, and of which unit tests or other files run the same code.
WITHOUT_MEMORY := tests/cli/age.bats tests/cli/restore_kinds.bats

.PHONY: san
san: ## run the tests under the address and undefined-behaviour sanitizers
	@tests/deps build check
	@$(MAKE) -s BUILD=$(BUILD)/san HARDEN= CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' all units
	@BUILD=$(BUILD)/san tests/run $(UNITS:$(BUILD)/%=$(BUILD)/san/%) \
	    $(filter-out $(WITHOUT_MEMORY),$(wildcard tests/cli/*.bats)) tests/tailnet/check.bats \
	    tests/tailnet/delivery_faults.bats

THREADED := window queue meter spool spool_full

# What takes long and has no threads that others do not have.
WITHOUT_THREADS := tests/cli/age.bats tests/cli/pg_dump_options.bats tests/cli/exclude.bats \
                   tests/cli/restore_kinds.bats tests/cli/restore_options.bats tests/cli/restore_secrets.bats

.PHONY: tsan
tsan: ## run the tests of the whole program, and those with threads, under the thread sanitizer
	@tests/deps build check
	@$(MAKE) -s BUILD=$(BUILD)/tsan HARDEN= CFLAGS='-O1 -g -fno-omit-frame-pointer' SANITIZE=-fsanitize=thread all units
	@BUILD=$(BUILD)/tsan tests/run $(THREADED:%=$(BUILD)/tsan/tests/unit/%_test) \
	    $(filter-out $(WITHOUT_THREADS),$(wildcard tests/cli/*.bats)) tests/tailnet/delivery.bats

AGE_UNITS := $(filter $(BUILD)/tests/unit/age_%,$(UNITS))

.PHONY: age-units
age-units: $(AGE_UNITS)

.PHONY: coverage
coverage: ## show which lines of src/age its unit tests do not run
	@tests/deps build check
	@$(MAKE) -s BUILD=$(BUILD)/coverage CC=gcc HARDEN= CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage age-units
	@DYNODROP_AGE_VECTORS=$${DYNODROP_AGE_VECTORS:-build/deps/age-vectors} tests/coverage $(BUILD)/coverage

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(FUZZERS): %: %.o $(BUILD)/libdynodrop.a
	$(LINK) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

.PHONY: fuzzers
fuzzers: $(FUZZERS)

.PHONY: fuzz
fuzz: ## feed the parsers of src/age and src/archive whatever a fuzzer finds, FUZZ_SECONDS (60) each
	@tests/deps build check lint
	@$(MAKE) -s BUILD=$(BUILD)/fuzz CC=clang HARDEN= HARDEN_LD= CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzzers
	@tests/fuzz/run $(patsubst $(BUILD)/%,$(BUILD)/fuzz/%,$(FUZZERS))

C_FILES     := $(shell git ls-files -co --exclude-standard -- '*.c' '*.h' 2>/dev/null)
SHELL_FILES := $(shell git grep -lI --untracked -E '^\#!.*(sh|bats)' 2>/dev/null) $(wildcard buildpack/*.sh tests/*.bash tests/*/*.bash)

.PHONY: format
format: ## lay out the C code as .clang-format says
	clang-format -i $(C_FILES)

.PHONY: lint
lint: ## check layout, C, shell and Go code
	@tests/deps build check lint
	clang-format --dry-run --Werror $(C_FILES)
	clang-tidy --quiet --warnings-as-errors='*' $(SOURCES) src/main.c -- -std=c11 -D_GNU_SOURCE \
	    -DDYNODROP_VERSION='"$(VERSION)"' -Isrc $(WARNINGS) $(PKG_CFLAGS)
	shellcheck -x $(SHELL_FILES)
	@if GOTOOLCHAIN=local go -C tests/tailnet list -m >/dev/null 2>&1; then \
	    set -x; cd tests/tailnet && go vet ./... && ! gofmt -l . | grep .; fi

.PHONY: install
install: all ## install the program below PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/dynodrop $(DESTDIR)$(PREFIX)/bin/dynodrop

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d $(UNITS:=.d) $(FUZZERS:=.d) $(TOOLS:=.d) $(BENCHES:=.d)
.SECONDARY:
